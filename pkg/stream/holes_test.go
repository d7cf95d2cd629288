package stream

import "testing"

func TestHoles(t *testing.T) {
	playScenes(t, []scene{{
		name: "acknowledged bytes are skipped after 20 ms",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 151+50
			0.010 < ack 201
			0.015 < ack 201
			9.000 tick`,
		want: `0.001 > 1+100 #2
			0.030 > gap 101+50
			0.030 > 151+50 #3`,
		check: counts(func(st *Stats) bool { return st.SkippedByAck == 1 && st.HoleBytes == 50 }),
	}, {
		name: "a filled hole cancels the wait",
		in: `0.000 > syn 0
			0.001 > 101+100
			0.002 < ack 201
			0.021 > 1+100
			9.000 tick`,
		want: `0.021 > 1+100 #4
			0.021 > 101+100 #2`,
	}, {
		name: "at its deadline a hole is late",
		in: `0.000 > syn 0
			0.001 > 101+100
			0.002 < ack 201
			0.022 > 1+100`,
		want: `0.022 > gap 1+100
			0.022 > 101+100 #2`,
		check: counts(func(st *Stats) bool { return st.LateBytes == 100 && st.Retransmitted == 1 }),
	}, {
		name: "at the tail, with nothing behind",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 < ack 301
			0.050 tick
			1.000 > 301+10
			1.001 > 201+100`,
		want: `0.001 > 1+100 #2
			0.022 > gap 101+200
			1.000 > 301+10 #4`,
		check: counts(func(st *Stats) bool { return st.LateBytes == 100 }),
	}, {
		name: "only what is acknowledged is skipped",
		in: `0.000 > syn 0
			0.001 > 101+100
			0.002 < ack 51
			0.050 > 51+50`,
		want: `0.022 > gap 1+50
			0.050 > 51+50 #4
			0.050 > 101+100 #2`,
	}, {
		name: "a hole in two frames goes at once, the next hole at most 40 ms after",
		in: `0.000 > syn 0
			0.001 < ack 51
			0.002 < ack 101
			0.003 > 101+50
			0.004 > 201+50
			0.005 < ack 251
			9.000 tick`,
		want: `0.021 > gap 1+100
			0.021 > 101+50 #4
			0.041 > gap 151+50
			0.041 > 201+50 #5`,
	}, {
		name: "two holes under one acknowledgement",
		in: `0.000 > syn 0
			0.001 > 101+50
			0.002 > 201+50
			0.003 < ack 251
			9.000 tick`,
		want: `0.023 > gap 1+100
			0.023 > 101+50 #2
			0.023 > gap 151+50
			0.023 > 201+50 #3`,
	}, {
		name: "acknowledgements that run ahead of their data by less than 20 ms cost nothing",
		in: `0.000 > syn 0
			0.000 < ack 101
			0.010 < ack 201
			0.015 > 1+100
			0.020 < ack 301
			0.025 > 101+100
			0.035 > 201+100
			9.000 tick`,
		want: `0.015 > 1+100 #4
			0.025 > 101+100 #6
			0.035 > 201+100 #7`,
	}, {
		name: "what was acknowledged during a wait waits from its end on",
		in: `0.000 > syn 0
			0.000 < ack 101
			0.005 < ack 201
			0.010 > 1+100
			9.000 tick`,
		want: `0.010 > 1+100 #4
			0.030 > gap 101+100`,
	}, {
		name: "one direction: a hole stands for 2 s",
		in: `0.000 > syn 0
			0.000 > 1+100
			0.100 > 201+100
			0.200 > 401+100
			9.000 tick`,
		want: `0.000 > 1+100 #2
			2.100 > gap 101+100
			2.100 > 201+100 #3
			2.200 > gap 301+100
			2.200 > 401+100 #4`,
		check: counts(func(st *Stats) bool { return st.SkippedByTime == 2 }),
	}, {
		name: "one direction: while the stream goes on in order nothing is missing",
		in: `0.000 > syn 0
			0.000 > 10001+100
			1.500 > 1+1000
			3.000 > 1001+1000
			9.000 tick`,
		want: `1.500 > 1+1000 #3
			3.000 > 1001+1000 #4
			5.000 > gap 2001+8000
			5.000 > 10001+100 #2`,
	}, {
		name: "what the receiver has not got either is waited for, and a forged segment moves nothing",
		in: `0.000 > syn 0
			0.000 > 1+100
			0.001 < ack 101
			1.000 > 50001+100 alt
			60.000 > 101+100
			60.001 < ack 201`,
		want: `0.000 > 1+100 #2
			60.000 > 101+100 #5`,
		check: counts(func(st *Stats) bool { return st.Discarded == 100 && st.Holes == 0 }),
	}, {
		name: "nor does a forged end, and nothing prolongs the wait",
		in: `0.000 > syn 0
			0.000 > 1+100
			0.001 < ack 101
			1.000 > 201+0 fin
			1.000 > 151+10 alt
			20.000 > 101+0 ack 1
			30.999 tick
			31.001 > 101+50
			31.001 > 151+60`,
		want: `0.000 > 1+100 #2
			31.001 > 101+50 #7
			31.001 > 151+60 #8`,
		check: counts(func(st *Stats) bool { return st.Discarded == 10 && st.AfterFin == 0 }),
	}, {
		name: "acknowledgements that stopped are no judge",
		in: `0.000 > syn 0
			0.000 > 1+100
			0.001 < ack 101
			0.002 > 101+100
			1.000 > 301+100
			9.000 tick`,
		want: `0.000 > 1+100 #2
			0.002 > 101+100 #4
			3.000 > gap 201+100
			3.000 > 301+100 #5`,
	}, {
		name: "close says what is missing, at the tail too",
		in: `0.000 > syn 0
			0.001 > 101+100
			0.002 > 301+100
			0.003 < ack 451
			0.004 close`,
		want: `0.004 > gap 1+100
			0.004 > 101+100 #2
			0.004 > gap 201+100
			0.004 > 301+100 #3
			0.004 > gap 401+50`,
		check: counts(func(st *Stats) bool { return st.SkippedAtClose == 3 }),
	}, {
		name: "an acknowledgement far ahead is not believed",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 < ack 90000000
			0.003 > 101+100
			0.004 > 201+10 ack 5`,
		want: `0.001 > 1+100 #2
			0.003 > 101+100 #4
			0.004 > 201+10 #5`,
		check: counts(func(st *Stats) bool { return st.StrayAcks == 1 }),
	}})
}

func TestMemory(t *testing.T) {
	playScenes(t, []scene{{
		name: "a full connection gives up its oldest hole",
		pool: [2]int{1 << 20, 3 * BlockSize},
		in: `0.000 > syn 0
			0.001 > 101+100
			0.002 > 301+100
			0.003 > 501+100
			0.004 > 701+100
			0.005 > 201+100`,
		want: `0.004 > gap 1+100 #5
			0.004 > 101+100 #2
			0.005 > 201+100 #6
			0.005 > 301+100 #3`,
		check: func(t *testing.T, s *script) {
			counts(func(st *Stats) bool { return st.SkippedByMemory == 1 })(t, s)
			if s.pool.Peak() != 3*BlockSize || s.pool.Held() != 2*BlockSize {
				t.Errorf("%d bytes in use, %d at most", s.pool.Held(), s.pool.Peak())
			}
		},
	}, {
		name: "a segment before all that is held needs no memory",
		pool: [2]int{2 * BlockSize, 1 << 20},
		in: `0.000 > syn 0
			0.001 > 301+100
			0.002 > 501+100
			0.003 > 201+50`,
		want: `0.003 > gap 1+200 #4
			0.003 > 201+50 #4`,
	}, {
		name: "without memory each hole is skipped at once",
		pool: [2]int{100, 100},
		in: `0.000 > syn 0
			0.001 > 101+100
			0.002 > 1+100
			0.003 > 201+100`,
		want: `0.001 > gap 1+100 #2
			0.001 > 101+100 #2
			0.003 > 201+100 #4`,
		check: func(t *testing.T, s *script) {
			if s.pool.Peak() != 0 {
				t.Errorf("%d bytes were in use", s.pool.Peak())
			}
		},
	}, {
		name: "a segment larger than the memory",
		pool: [2]int{2 * BlockSize, 2 * BlockSize},
		in: `0.000 > syn 0
			0.001 > 101+5000
			0.002 > 5101+10`,
		want: `0.001 > gap 1+100 #2
			0.001 > 101+1536 #2
			0.001 > 1637+1536 #2 ~
			0.001 > 3173+1928 #2 ~
			0.002 > 5101+10 #3`,
	}})
}

func TestOutside(t *testing.T) {
	playScenes(t, []scene{{
		name: "one segment far away is ignored",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 100000001+100
			0.003 > 101+100`,
		want: `0.001 > 1+100 #2
			0.003 > 101+100 #4`,
		check: counts(func(st *Stats) bool { return st.Outside == 1 && st.Jumps == 0 }),
	}, {
		name: "four in a row are followed",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 301+100
			0.003 > 100000001+100
			0.004 > 100000101+100
			0.005 > 100000201+100
			0.006 > 100000301+100
			0.007 > 100000401+100`,
		want: `0.001 > 1+100 #2
			0.006 > gap 101+200 #7
			0.006 > 301+100 #3
			0.006 > gap 401+99999900 #7
			0.006 > 100000301+100 #7
			0.007 > 100000401+100 #8`,
		check: counts(func(st *Stats) bool { return st.Outside == 4 && st.Jumps == 1 }),
	}, {
		name: "four here and there are not",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.003 > 100000001+100
			0.004 > 100000201+100
			0.005 > 100000401+100
			0.006 > 100000601+100
			0.007 > 100000801+100`,
		want:  `0.001 > 1+100 #2`,
		check: counts(func(st *Stats) bool { return st.Outside == 5 }),
	}, {
		name: "after an end that was none",
		in: `0.000 > syn 0
			0.001 > 1+100 fin
			0.003 > 100000001+100
			0.004 > 100000101+100
			0.005 > 100000201+100
			0.006 > 100000301+100`,
		want: `0.001 > 1+100 #2
			0.006 > gap 101+100000200 #6
			0.006 > 100000301+100 #6`,
	}, {
		name: "before an end that was none",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.002 > 301+0 fin
			0.003 > 100000001+100
			0.004 > 100000101+100
			0.005 > 100000201+100
			0.006 > 100000301+100`,
		want: `0.001 > 1+100 #2
			0.006 > gap 101+100000200 #7
			0.006 > 100000301+100 #7`,
	}, {
		name: "not while the stream goes on at its place",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.003 > 100000001+100
			0.004 > 100000101+100
			0.005 > 100000201+100
			0.006 > 101+100
			0.007 > 100000301+100`,
		want: `0.001 > 1+100 #2
			0.006 > 101+100 #6`,
	}, {
		name: "back again after a forger",
		in: `0.000 > syn 0
			0.001 > 1+100
			0.003 > 100000001+100 alt
			0.004 > 100000101+100 alt
			0.005 > 100000201+100 alt
			0.006 > 100000301+100 alt
			0.006 < ack 100000401
			0.007 > 101+100
			0.008 > 201+100
			0.009 > 301+100
			0.010 > 401+100
			9.000 tick`,
		want: `0.001 > 1+100 #2
			0.006 > gap 101+100000200 #6
			0.006 > 100000301+100 #6 alt
			0.010 > gap 100000401+4194967296 #11
			0.010 > 4294967697+100 #11`,
	}})
}
