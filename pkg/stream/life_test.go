package stream

import "testing"

func TestBeginning(t *testing.T) {
	playScenes(t, []scene{{
		name: "in mid-stream, at the first segment",
		in: `0.000 > 501+100
			0.001 > 401+100
			0.002 > 601+100`,
		want: `0.000 > 501+100 #1
			0.002 > 601+100 #3`,
		check: func(t *testing.T, s *script) {
			if !s.conn.MidStream() || !s.conn.OneWay() || s.conn.FromStart(0) {
				t.Error("not known as picked up in mid-stream, one way")
			}
		},
	}, {
		name: "in mid-stream, at the peer's acknowledgement",
		in: `0.000 < 101+10 ack 501
			0.001 > 601+100
			0.002 > 501+100`,
		want: `0.000 < 101+10 #1
			0.002 > 501+100 #3
			0.002 > 601+100 #2`,
	}, {
		name: "data that an acknowledgement overtook is still taken",
		in: `0.000 < 101+10 ack 501
			0.001 > 401+100
			0.002 > 501+100`,
		want: `0.000 < 101+10 #1
			0.001 > 401+100 #2
			0.002 > 501+100 #3`,
	}, {
		name: "in mid-stream, at a keep-alive probe",
		in: `0.000 > 500+0
			0.001 < ack 501
			0.100 > 501+100
			0.200 > 601+1`,
		want: `0.100 > 501+100 #3
			0.200 > 601+1 #4`,
	}, {
		name: "in mid-stream, at a keep-alive probe, one way",
		in: `0.000 > 500+0
			0.100 > 501+100
			9.000 tick`,
		want: `0.100 > 501+100 #2`,
	}, {
		name: "a side that is never captured shows as gaps",
		in: `0.000 < syn 0
			0.001 < 1+100 ack 1
			0.010 < 101+100 ack 1001
			0.020 < 201+100 ack 2001
			9.000 tick`,
		want: `0.001 < 1+100 #2
			0.010 < 101+100 #3
			0.020 < 201+100 #4
			0.030 > gap 1+1000
			0.050 > gap 1001+1000`,
	}, {
		name: "the SYN comes after its first data",
		in: `0.000 > 1+100
			0.001 > syn 0
			0.002 > 101+10`,
		want: `0.000 > 1+100 #1
			0.002 > 101+10 #3`,
		check: counts(func(st *Stats) bool { return st.OtherHandshake == 0 }),
	}, {
		name: "an acknowledgement of an older connection before the SYN",
		in: `0.000 < ack 5001
			0.001 > syn 0
			0.002 < syn 6000 ack 1
			0.003 > 1+100 ack 6001
			9.000 tick`,
		want: `0.003 > 1+100 #4`,
		check: func(t *testing.T, s *script) {
			if !s.conn.FromStart(0) || !s.conn.FromStart(1) || s.conn.MidStream() || s.conn.OneWay() {
				t.Error("not known as seen from the start, both ways")
			}
		},
	}, {
		name: "far away at the start: nothing binds yet",
		in: `0.000 < ack 90000001
			0.001 > 1+100
			0.002 > 101+10`,
		want: `0.001 > 1+100 #2
			0.002 > 101+10 #3`,
	}})
}

func TestEnd(t *testing.T) {
	closed := func(want, reset bool) func(*testing.T, *script) {
		return func(t *testing.T, s *script) {
			t.Helper()
			if s.conn.Closed() != want || s.conn.WasReset() != reset {
				t.Errorf("closed %v, reset %v; want %v, %v", s.conn.Closed(), s.conn.WasReset(), want, reset)
			}
		}
	}
	playScenes(t, []scene{{
		name: "both ends",
		in: `0.000 > 1+100 fin ack 1
			0.001 < 1+10 ack 102
			0.002 < 11+0 fin ack 102
			0.003 > 102+0 ack 12
			9.000 tick`,
		want: `0.000 > 1+100 #1
			0.001 < 1+10 #2`,
		check: closed(true, false),
	}, {
		name: "one end",
		in:   `0.000 > 1+100 fin ack 1`,
		want: `0.000 > 1+100 #1`,
		check: func(t *testing.T, s *script) {
			if !s.conn.Ended(0) || s.conn.Ended(1) || s.conn.Closed() {
				t.Error("one FIN must end one side")
			}
		},
	}, {
		name: "the end comes before the bytes",
		in: `0.000 > syn 0
			0.001 > 101+0 fin
			0.002 > 101+0 fin
			0.003 > 1+100
			9.000 tick`,
		want: `0.003 > 1+100 #4`,
		check: func(t *testing.T, s *script) {
			if !s.conn.Ended(0) {
				t.Error("not ended")
			}
		},
	}, {
		name: "the bytes before the end are missing",
		in: `0.000 > syn 0
			0.001 > 101+0 fin
			0.003 < ack 102
			9.000 tick`,
		want: `0.023 > gap 1+100`,
		check: func(t *testing.T, s *script) {
			if !s.conn.Ended(0) {
				t.Error("not ended")
			}
		},
	}, {
		name: "nothing is missing behind the end, whatever is acknowledged",
		in: `0.000 > syn 0
			0.000 < syn 0 ack 1
			0.001 < 1+100 fin
			0.001 > 101+0 fin
			0.002 > 102+0 ack 150
			0.003 < ack 150
			9.000 tick
			9.001 close`,
		want: `0.001 < 1+100 #3
			0.023 > gap 1+100`,
		check: closed(true, false),
	}, {
		name: "an end that contradicts what is held",
		in: `0.000 > syn 0
			0.001 > 101+100
			0.002 > 151+0 fin
			0.003 > 1+100
			0.004 > 201+10 fin`,
		want: `0.003 > 1+100 #4
			0.003 > 101+100 #2
			0.004 > 201+10 #5`,
	}, {
		name: "in mid-stream, the end behind lost bytes",
		in: `0.000 < 1+10 ack 501
			0.001 > 601+0 fin ack 11
			0.002 close`,
		want: `0.000 < 1+10 #1
			0.002 > gap 501+100`,
	}, {
		name: "data behind an acknowledged end is ignored",
		in: `0.000 > syn 0
			0.001 > 1+100 fin
			0.002 < ack 102
			0.003 > 101+100
			0.004 > 51+100
			0.005 > 102+10`,
		want:  `0.001 > 1+100 #2`,
		check: counts(func(st *Stats) bool { return st.AfterFin == 3 }),
	}, {
		name: "an end that nobody acknowledged gives way to data",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 101+0 fin
			0.003 > 101+100`,
		want: `0.001 > 1+100 #2
			0.003 > 101+100 #4`,
		check: counts(func(st *Stats) bool { return st.FinsTakenBack == 1 }),
	}, {
		name: "a reset in place",
		in: `0.000 > 1+100 ack 1
			0.001 > 201+100 ack 1
			0.002 < 1+0 rst
			0.003 > 301+10
			0.004 < 11+10
			0.004 < 1+0 rst`,
		want: `0.000 > 1+100 #1
			0.002 > gap 101+100 #3
			0.002 > 201+100 #2
			0.003 > 301+10 #4`,
		check: closed(true, true),
	}, {
		name: "a reset where the receiver says it is",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 < ack 201
			0.003 > 201+0 rst`,
		want: `0.001 > 1+100 #2
			0.003 > gap 101+100 #4`,
		check: closed(true, true),
	}, {
		name: "a reset behind what is held",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 201+100
			0.003 > 301+0 rst`,
		want: `0.001 > 1+100 #2
			0.003 > gap 101+100 #4
			0.003 > 201+100 #3`,
		check: closed(true, true),
	}, {
		name: "resets out of place blind nobody",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 150+0 rst
			0.003 > 50+0 rst
			0.004 > 101+100`,
		want: `0.001 > 1+100 #2
			0.004 > 101+100 #5`,
		check: func(t *testing.T, s *script) {
			closed(false, false)(t, s)
			counts(func(st *Stats) bool { return st.BadResets == 2 })(t, s)
		},
	}, {
		name: "who resets sends nothing more",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 101+0 rst
			0.003 > 101+100`,
		want: `0.001 > 1+100 #2
			0.003 > 101+100 #4`,
		check: func(t *testing.T, s *script) {
			closed(false, false)(t, s)
			counts(func(st *Stats) bool { return st.ResetsRevoked == 1 })(t, s)
		},
	}, {
		name: "a SYN refused",
		in: `0.000 > syn 0
			0.001 < 0+0 rst ack 1`,
		want:  ``,
		check: closed(true, true),
	}})
}

func TestAnotherConnection(t *testing.T) {
	const old = `0.000 > syn 0
			0.001 > 1+100 ack 1
			0.002 < 1+100 ack 101
			`
	const given = `0.001 > 1+100 #2
			0.002 < 1+100 #3
			`
	playScenes(t, []scene{{
		name: "a SYN again is none",
		in: old + `0.010 > syn 0
			0.020 > 101+10`,
		want: given + `0.020 > 101+10 #5`,
	}, {
		name: "a SYN that is answered",
		in: old + `0.010 > syn 5000
			0.020 < syn 7000 ack 5001`,
		want: given + `0.020 restart`,
	}, {
		name: "a SYN whose sender goes on from it",
		in: old + `0.010 > syn 5000
			0.020 > 5001+0 ack 7001`,
		want: given + `0.020 restart`,
	}, {
		name: "an answer whose SYN was not captured",
		in: old + `0.010 < syn 7000 ack 5001
			0.020 > 5001+0 ack 7001`,
		want: given + `0.020 restart`,
	}, {
		name: "a forged SYN moves nothing",
		in: old + `0.010 > syn 5000
			0.020 > 101+100 ack 101
			0.030 < 101+10 ack 201`,
		want: given + `0.020 > 101+100 #5
			0.030 < 101+10 #6`,
		check: counts(func(st *Stats) bool { return st.OtherHandshake == 1 }),
	}, {
		name: "a SYN forged for numbers to come is forgotten",
		in: old + `0.010 > syn 200
			0.020 > 101+100 ack 101
			0.030 > 201+100 ack 101
			0.040 > 201+100 ack 101`,
		want: given + `0.020 > 101+100 #5
			0.030 > 201+100 #6`,
	}, {
		name: "a SYN forged for the number that is due",
		in: old + `0.010 > syn 100
			0.020 < 1+100 ack 101
			0.030 > 101+100 fin ack 101`,
		want: given + `0.030 > 101+100 #6`,
	}, {
		name: "a SYN forged for an acknowledgement to come",
		in: old + `0.010 < syn 200 ack 1
			0.015 > 151+10 ack 101
			0.020 > 101+10 ack 201
			0.030 > 111+10 ack 201`,
		want: given + `0.020 > 101+10 #6
			0.030 > 111+10 #7`,
	}, {
		name: "after the end a SYN suffices",
		in: old + `0.010 > 101+0 fin ack 101
			0.011 < 101+0 fin ack 102
			0.020 > syn 5000`,
		want: given + `0.020 restart`,
	}, {
		name: "after a reset too",
		in: old + `0.010 > 101+0 rst
			0.020 > syn 5000`,
		want: given + `0.020 restart`,
	}})
}
