package main

import "time"

// mirrors are flaws of captures, all around the same traffic: a connection with
// three calls.
func mirrors() []sample {
	calls := func(t *trace) {
		c := t.talk("10.0.1.15:40700", "203.0.113.88:443")
		c.open()
		c.tls13(t.script("mirror.example.com"))
		for range 3 {
			c.call(200, 350)
			c.wait(10 * time.Second)
		}
		c.bye()
	}
	return []sample{
		{"mirrored-twice", "the same frames twice: plain, and behind a router in VLAN 20 with a TTL one less", func(t *trace) {
			t.via = twice(ethernet(), tagged(20))
			calls(t)
		}},
		{"one-way-client", "only what the client sends", func(t *trace) {
			t.via = only(client, ethernet())
			calls(t)
		}},
		{"one-way-server", "only what the server sends", func(t *trace) {
			t.via = only(server, ethernet())
			calls(t)
		}},
		{"snap-96", "frames cut after 96 bytes", func(t *trace) {
			t.snap = 96
			calls(t)
		}},
		{"late-frames", "frames that come late and with the time at which they were sent: the hello behind its answer, a request behind the next", lateFrames},
		{"clock-steps-back", "the clock steps back by one second between the second call and the third, half a second later; a fourth follows", func(t *trace) {
			c := t.talk("10.0.1.15:40701", "203.0.113.88:443")
			c.open()
			c.tls13(t.script("mirror.example.com"))
			c.call(200, 350)
			c.wait(10 * time.Second)
			c.call(200, 350)
			c.wait(500 * time.Millisecond)
			t.at -= time.Second
			c.call(200, 350)
			c.wait(10 * time.Second)
			c.call(200, 350)
			c.bye()
		}},
	}
}

// lateFrames swaps frames in the file. Each keeps its time, so that times step
// back where a frame is late.
func lateFrames(t *trace) {
	c := t.talk("10.0.1.15:40702", "203.0.113.88:443")
	c.size = 300 // so that the parts of a record change places too
	c.open()
	hello := len(t.frames)
	c.tls13(t.script("mirror.example.com"))
	answer := len(t.frames) - 1
	c.call(200, 1000)
	c.wait(10 * time.Second)
	request := len(t.frames)
	c.call(500, 350)
	c.wait(10 * time.Second)
	c.call(200, 350)
	c.bye()
	t.overtake(request+1, 1)
	t.overtake(answer-1, 2)
	t.overtake(hello+1, 1)
	t.overtake(hello+2, 1)
}
