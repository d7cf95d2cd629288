package kafkasink

import (
	"fmt"
	"os"

	"github.com/segmentio/kafka-go"
)

// giveUp keeps a message that will not be delivered: in the dead letter file,
// one JSON line each, or else by its id in a line for people.
func (s *Sink) giveUp(m kafka.Message, why string) {
	id := ""
	for _, h := range m.Headers {
		if h.Key == "event.id" {
			id = string(h.Value)
		}
	}
	if s.conf.DeadLetter == "" {
		s.conf.Say(fmt.Sprintf("detection %s was not delivered: %s", id, why))
		return
	}
	if err := appendLine(s.conf.DeadLetter, m.Value); err != nil {
		s.conf.Say(fmt.Sprintf("detection %s was not delivered (%s) and not kept: %v", id, why, err))
	}
}

func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line[:len(line):len(line)], '\n')); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
