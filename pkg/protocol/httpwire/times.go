package httpwire

import "time"

// Times, in packet time.
const (
	// answerTime is how long a request waits for its answer before it is
	// given without.
	answerTime = 5 * time.Second

	// quietTime ends an exchange whose end cannot be seen, since bytes of it
	// were not captured or one side said less than its head promised.
	quietTime = 5 * time.Second

	// orphanTime is how long an answer waits for its request: a capture of
	// several cards may hand it over late, and so does a hole before it. No
	// other wait is shorter.
	orphanTime = time.Second

	// interimTime: an exchange that stays open is told each minute in which
	// it moved.
	interimTime = time.Minute
)
