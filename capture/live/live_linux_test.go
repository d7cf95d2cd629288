package live

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
)

func TestFramesArriveInOrderAndTicksOvertakeNone(t *testing.T) {
	out, in := pair(t)
	s := open(t, Config{Interface: in, Filter: onlyOurs, Tick: 20 * time.Millisecond})
	if s.Link() != capture.LinkEthernet {
		t.Errorf("link type %d, want Ethernet", s.Link())
	}
	const bursts, each = 12, 200
	before := capture.TimeOf(time.Now())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range bursts {
			out.send(t, each)
			time.Sleep(time.Duration(i*17) * time.Millisecond) // from no pause to longer than several ticks
		}
	}()
	var f capture.Frame
	var clock capture.Time
	ticks := 0
	for want := uint64(0); want < bursts*each; {
		if err := s.Next(&f); err != nil {
			t.Fatal(err)
		}
		if f.Time < clock {
			t.Errorf("frame %d (tick %v) at %v, after the clock stood at %v", f.Number, f.Tick, f.Time, clock)
		}
		clock = f.Time
		if f.Tick {
			ticks++
			continue
		}
		if got := numberOf(&f, 14); got != want || len(f.Bytes) != 128 || f.Wire != 128 || f.Number != want+1 {
			t.Fatalf("got frame %d as number %d, %d of %d bytes; want %d", got, f.Number, len(f.Bytes), f.Wire, want)
		}
		if f.Time < before || f.Time > capture.TimeOf(time.Now()) {
			t.Fatalf("frame at %v, sent after %v", f.Time, before)
		}
		want++
	}
	<-done
	if ticks == 0 {
		t.Error("the pauses gave no ticks")
	}
	// Ticks follow the wall clock, not too far behind.
	for range 30 {
		if err := s.Next(&f); err != nil || !f.Tick {
			t.Fatalf("an idle card gave %+v, %v", f, err)
		}
	}
	if lag := capture.TimeOf(time.Now()).Sub(f.Time); lag < 0 || lag > s.hold+2*time.Second {
		t.Errorf("a tick is %v behind the clock, want about %v", lag, s.hold)
	}
	s.Stop()
	if err := s.Next(&f); err != io.EOF {
		t.Errorf("after Stop, Next gave %+v, %v", f, err)
	}
	if n := s.Stats(); n.Frames != bursts*each || n.Late != 0 || n.Dropped != 0 || n.Received != n.Frames {
		t.Errorf("counted %+v, want %d frames", n, bursts*each)
	}
}

// TestIdleCardIsCheapAndNotSlow: each wait costs time of a core, and each longer
// wait delays what falls due.
func TestIdleCardIsCheapAndNotSlow(t *testing.T) {
	_, in := pair(t)
	s := open(t, Config{Interface: in, Filter: onlyOurs})
	var f capture.Frame
	const ticks = 6
	began := time.Now()
	for range ticks {
		if err := s.Next(&f); err != nil || !f.Tick {
			t.Fatalf("an idle card gave %+v, %v", f, err)
		}
	}
	// The first tick comes behind two waits.
	if each := time.Since(began) / (ticks + 1); each < 200*time.Millisecond {
		t.Errorf("a tick each %v: more than five a second", each)
	}
	// What is due is at most a second late: the tick's lag and the wait for it.
	if late := s.hold + s.conf.Tick; late > time.Second {
		t.Errorf("what falls due may be %v late", late)
	}
}

func TestStopDrainsTheRing(t *testing.T) {
	out, in := pair(t)
	s := open(t, Config{Interface: in, Filter: onlyOurs})
	const n = 50_000
	out.send(t, n)
	s.Stop()
	var f capture.Frame
	for i := uint64(0); ; i++ {
		err := s.Next(&f)
		if err == io.EOF {
			if i != n {
				t.Errorf("%d frames after Stop, want all %d", i, n)
			}
			break
		}
		if err != nil || f.Tick || numberOf(&f, 14) != i {
			t.Fatalf("frame %d came as %+v, %v", i, f, err)
		}
	}
	if st := s.Stats(); st.Frames != n || st.Undrained || st.Dropped != 0 {
		t.Errorf("counted %+v", st)
	}
	if err := s.Next(&f); err != io.EOF {
		t.Errorf("Next behind the end: %v", err)
	}
}

func TestStopEndsOnABusyLink(t *testing.T) {
	out, in := pair(t)
	s := open(t, Config{Interface: in})
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				out.send(t, 100)
				time.Sleep(time.Millisecond)
			}
		}
	}()
	defer func() { close(stop); <-done }()
	var f capture.Frame
	for range 1000 {
		if err := s.Next(&f); err != nil {
			t.Fatal(err)
		}
	}
	s.Stop()
	asked := time.Now()
	for s.Next(&f) == nil {
		if took := time.Since(asked); took > 5*time.Second {
			t.Fatalf("still frames %v after Stop", took)
		}
	}
	if s.Stats().Undrained {
		t.Error("the drain hit its limit")
	}
}

func TestDropsAreCounted(t *testing.T) {
	out, in := pair(t)
	s := open(t, Config{Interface: in, Filter: onlyOurs, RingBytes: minRing})
	const n = 100_000 // of more than 128 bytes each: several times the ring
	out.send(t, n)
	s.Stop()
	var f capture.Frame
	for s.Next(&f) == nil {
	}
	st := s.Stats()
	if st.Dropped == 0 || st.Received != n || st.Frames+st.Dropped != n {
		t.Errorf("of %d sent: %+v", n, st)
	}
}

func TestAnyHearsTheLoopback(t *testing.T) {
	if os.Getenv(insideEnv) == "" {
		t.Skip("no network namespace")
	}
	run(t, "ip", "link", "set", "lo", "up")
	s := open(t, Config{Interface: "any", Filter: onlyOurs})
	if s.Link() != capture.LinkSLL && s.Link() != capture.LinkSLL2 {
		t.Fatalf("link type %d", s.Link())
	}
	header := 16
	if s.Link() == capture.LinkSLL2 {
		header = 20
	}
	out := openSender(t, "lo")
	out.send(t, 3)
	s.Stop()
	var f capture.Frame
	seen := map[uint64]int{}
	for s.Next(&f) == nil {
		seen[numberOf(&f, header)]++
	}
	// The loopback gives each frame as sent and as received; libpcap takes one.
	for i := range uint64(3) {
		if seen[i] == 0 {
			t.Errorf("frame %d was not heard: %v", i, seen)
		}
	}
}

func TestSnapLenCuts(t *testing.T) {
	out, in := pair(t)
	s := open(t, Config{Interface: in, Filter: onlyOurs, SnapLen: 64})
	out.send(t, 1)
	s.Stop()
	var f capture.Frame
	if err := s.Next(&f); err != nil || len(f.Bytes) != 64 || f.Wire != 128 {
		t.Fatalf("%d of %d bytes, %v", len(f.Bytes), f.Wire, err)
	}
	for s.Next(&f) == nil {
	}
	if s.Stats().Cut != 1 {
		t.Errorf("counted %+v", s.Stats())
	}
}

func TestOpenErrorsSayWhatToDo(t *testing.T) {
	_, in := pair(t)
	run(t, "ip", "link", "add", "hhdown", "type", "veth", "peer", "name", "hhpeer")
	defer run(t, "ip", "link", "del", "hhdown")
	for _, c := range []struct {
		name string
		conf Config
		want []string
	}{
		{"none", Config{}, []string{"no interface named\nthere are: ", in, "any"}},
		{"unknown", Config{Interface: "hhi"}, []string{"no interface named \"hhi\"\ndid you mean hhin?\nthere are: ", "hhout"}},
		{"like none", Config{Interface: "wlp0s20f3"}, []string{"no interface named \"wlp0s20f3\"\nthere are: lo"}},
		{"down", Config{Interface: "hhdown"}, []string{"hhdown is down\n", "ip link set hhdown up"}},
		{"filter", Config{Interface: in, Filter: "tcp prot 443"}, []string{`"tcp prot 443"`, "syntax error\n", "pcap-filter"}},
		{"snap length", Config{Interface: in, SnapLen: -1}, []string{"snap length -1"}},
		{"ring", Config{Interface: in, RingBytes: 1}, []string{"ring of 1 bytes"}},
		{"tick", Config{Interface: in, Tick: -1}, []string{"tick of -1ns"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(c.conf)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

func TestInterfaceThatGoesDownComesBack(t *testing.T) {
	out, in := pair(t)
	s := open(t, Config{Interface: in, Filter: onlyOurs, Tick: 10 * time.Millisecond})
	out.send(t, 1)
	next := func() capture.Frame {
		var f capture.Frame
		for {
			if err := s.Next(&f); err != nil {
				t.Fatal(err)
			}
			if !f.Tick {
				return f
			}
		}
	}
	next()
	run(t, "ip", "link", "set", in, "down")
	var f capture.Frame
	for asked := time.Now(); !s.Stats().Down; {
		if err := s.Next(&f); err != nil || !f.Tick {
			t.Fatalf("while down: %+v, %v", f, err)
		}
		if time.Since(asked) > 5*time.Second {
			t.Fatal("the statistics do not tell that the interface is down")
		}
	}
	run(t, "ip", "link", "set", in, "up")
	waitUp(t)
	out.send(t, 1)
	if f := next(); f.Number != 2 {
		t.Errorf("the frame after the pause has number %d", f.Number)
	}
	s.Stop()
	for s.Next(&f) == nil {
	}
	if n := s.Stats(); n.Down || n.Frames != 2 {
		t.Errorf("counted %+v", n)
	}
}

func TestInterfaceThatVanishesIsAnError(t *testing.T) {
	out, in := pair(t)
	s := open(t, Config{Interface: in, Filter: onlyOurs, Tick: 10 * time.Millisecond})
	out.send(t, 5)
	time.Sleep(50 * time.Millisecond)
	run(t, "ip", "link", "del", in)
	var f capture.Frame
	frames := 0
	for asked := time.Now(); ; {
		err := s.Next(&f)
		if err != nil {
			if !strings.Contains(err.Error(), "hhin: the interface is gone (") {
				t.Errorf("error %q", err)
			}
			break
		}
		if !f.Tick {
			frames++
		}
		if time.Since(asked) > 5*time.Second {
			t.Fatal("no error 5 s after the interface vanished")
		}
	}
	if frames != 5 {
		t.Errorf("%d frames before the error, want 5", frames)
	}
}

// TestPrivileges opens a card as nobody, with and without CAP_NET_RAW, in a
// process of its own.
func TestPrivileges(t *testing.T) {
	const role = "HOOKHOUND_TEST_ROLE"
	switch os.Getenv(role) {
	case "denied":
		_, err := Open(Config{Interface: "hhin"})
		var denied *PermissionError
		if !errors.As(err, &denied) || !strings.Contains(err.Error(), "no permission to open hhin\n") || !strings.Contains(err.Error(), "setcap cap_net_raw+ep "+denied.Program) {
			t.Errorf("error %v", err)
		}
		if _, err := Open(Config{Interface: "nosuch"}); !strings.Contains(err.Error(), "no interface named") {
			t.Errorf("error %v", err)
		}
		return
	case "granted":
		status, err := os.ReadFile("/proc/self/status")
		if err != nil || !strings.Contains(string(status), "CapEff:\t0000000000002000\n") || os.Geteuid() == 0 {
			t.Fatalf("not just CAP_NET_RAW: %v, user %d", err, os.Geteuid())
		}
		s := open(t, Config{Interface: "hhin", Filter: onlyOurs})
		openSender(t, "hhout").send(t, 10)
		if out := run(t, "ip", "-d", "link", "show", "hhin"); !strings.Contains(out, "promiscuity 1") {
			t.Errorf("the card is not promiscuous: %s", out)
		}
		s.Stop()
		var f capture.Frame
		for s.Next(&f) == nil {
		}
		if n := s.Stats(); n.Frames != 10 || n.Received != 10 {
			t.Errorf("counted %+v", n)
		}
		return
	}
	pair(t)
	if os.Getenv(insideEnv) != "root" {
		t.Skip("not root: no other user to become")
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("no command setpriv")
	}
	// A copy that nobody may run: the build directory is closed to others.
	dir, err := os.MkdirTemp("/tmp", "hookhound-live-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	run(t, "cp", os.Args[0], dir+"/test")
	run(t, "chmod", "-R", "0755", dir)
	for _, c := range []struct {
		role string
		caps string
	}{{"denied", "-all"}, {"granted", "-all,+net_raw"}} {
		t.Run(c.role, func(t *testing.T) {
			cmd := exec.Command("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set="+c.caps,
				"--inh-caps="+c.caps, "--ambient-caps="+c.caps, "--no-new-privs",
				dir+"/test", "-test.run", "^TestPrivileges$", "-test.v")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), role+"="+c.role)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestPrivileges") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	out, in := pair(t)
	s := open(t, Config{Interface: in, Filter: onlyOurs})
	const n = 2000
	out.send(t, n)
	var f capture.Frame
	for f.Number == 0 { // until the first block is there
		if err := s.Next(&f); err != nil || s.n.Ticks > 100 {
			t.Fatalf("no frame: %v", err)
		}
	}
	frames := uint64(0)
	if got := testing.AllocsPerRun(n/2, func() {
		if s.Next(&f) == nil && !f.Tick {
			frames++
		}
	}); got != 0 || frames < n/2 {
		t.Errorf("Next allocates %v times a frame over %d frames, want 0", got, frames)
	}
}

// BenchmarkNext sends as many frames as it reads, on the same machine: what
// counts is that none are dropped.
func BenchmarkNext(b *testing.B) {
	out, in := pair(b)
	s := open(b, Config{Interface: in, Filter: onlyOurs})
	b.ReportAllocs()
	b.ResetTimer()
	go out.send(b, b.N)
	var f capture.Frame
	for idle := 0; idle < 20 && s.n.Frames < uint64(b.N); {
		if err := s.Next(&f); err != nil {
			b.Fatal(err)
		}
		if f.Tick {
			idle++
		}
	}
	b.StopTimer()
	s.Stop()
	for s.Next(&f) == nil {
	}
	b.ReportMetric(float64(s.Stats().Dropped), "dropped")
}
