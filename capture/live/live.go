// Package live captures frames from a network card through libpcap.
//
// It needs CAP_NET_RAW and nothing else. Frames are read without a copy out of
// a ring that the kernel fills; the ring is large, since what it cannot hold
// while the reader is busy is lost.
package live

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcap"

	"github.com/hookhound/hookhound/capture"
)

const (
	// DefaultSnapLen holds every frame whole, also those that segmentation
	// offload made longer than the link allows.
	DefaultSnapLen = capture.MaxFrame

	// DefaultRing rides out a stall of about half a second at a gigabit a
	// second. libpcap's own 2 MiB lose frames at a tenth of that.
	DefaultRing = 64 << 20

	// minRing holds a few blocks of the kernel's; below, it loses frames
	// between two reads of any kind.
	minRing = 2 << 20

	// DefaultTick is how long an idle card stays silent, and a block of the ring
	// that is not full out of sight. Each wait in libpcap costs the Go runtime
	// about 1.5 ms of work, since its monitor watches a thread that is in C; at
	// ten waits a second an idle sensor spent 1.5 to 2 % of a core on nothing.
	DefaultTick = 250 * time.Millisecond

	// margin covers what lies between the moment at which a frame is stamped
	// and that at which it stands in the ring: the card's queues and late
	// timers of the kernel. It is generous, as it only delays the ticks.
	margin = 100 * time.Millisecond

	// drainLimit ends a drain whose frames carry times that make no sense, or
	// whose reader has become too slow for it ever to end.
	drainLimit = 10 * time.Second

	// maxFailures is how many reads in a row may fail on an interface that is
	// still there (it was set down, say) before reading is given up.
	maxFailures = 100
)

// Config says what to capture. Only Interface is needed.
type Config struct {
	Interface      string        // a name as `ip link` shows it, or "any"
	Filter         string        // a BPF expression as tcpdump takes it, empty for all
	SnapLen        int           // bytes kept of each frame; 0 means DefaultSnapLen
	RingBytes      int           // memory of the kernel's ring; 0 means DefaultRing
	NotPromiscuous bool          // hear only what is meant for this host
	Tick           time.Duration // how often an idle card moves the clock; 0 means DefaultTick
}

// Source is an open card. Next and Close belong to one goroutine; Stop and
// Stats may be called from any.
type Source struct {
	conf   Config
	handle *pcap.Handle
	link   capture.LinkType
	index  int // of the interface, 0 for "any"
	hold   time.Duration
	now    func() time.Time // the clock by which the kernel stamps frames

	stop     atomic.Bool
	stopped  time.Time // when Next noticed stop; zero before
	ended    error     // what Next returns from now on
	idle     bool      // the read before found nothing
	failures int       // reads that failed one behind the other

	last     capture.Time // latest frame or tick
	lastTick capture.Time
	statTime capture.Time // when the counters were last read
	n        Stats        // as the reader counts

	mu        sync.Mutex
	published Stats // what Stats returns
}

// Stats counts what was captured and lost. Received, Dropped and IfDropped are
// the kernel's counts.
type Stats struct {
	Frames    uint64 // frames delivered
	Bytes     uint64 // their captured bytes
	Cut       uint64 // frames that the snap length cut short
	Ticks     uint64
	Late      uint64 // frames stamped before a tick that was sent already
	Received  uint64 // frames that passed the filter, with those dropped; and what came before the filter was in place
	Dropped   uint64 // frames lost because the ring was full
	IfDropped uint64 // frames that the card or its driver lost
	Down      bool   // the interface was down when this was counted
	Undrained bool   // the ring was not emptied when capturing stopped
}

// Open opens a card. Its errors say what to do.
func Open(conf Config) (*Source, error) {
	if err := conf.complete(); err != nil {
		return nil, err
	}
	handle, err := activate(conf)
	if err != nil {
		return nil, err
	}
	if conf.Filter != "" {
		if err := handle.SetBPFFilter(conf.Filter); err != nil {
			handle.Close()
			return nil, &FilterError{Filter: conf.Filter, Reason: err.Error()}
		}
	}
	s := &Source{
		conf:     conf,
		handle:   handle,
		hold:     2*conf.Tick + margin,
		now:      time.Now,
		last:     capture.Always,
		lastTick: capture.Always,
	}
	if card, err := net.InterfaceByName(conf.Interface); err == nil {
		s.index = card.Index
	}
	if s.link, err = linkType(handle); err != nil {
		handle.Close()
		return nil, fmt.Errorf("%s: %w", conf.Interface, err)
	}
	return s, nil
}

// complete fills in what was left out.
func (c *Config) complete() error {
	if c.SnapLen == 0 {
		c.SnapLen = DefaultSnapLen
	}
	if c.RingBytes == 0 {
		c.RingBytes = DefaultRing
	}
	if c.Tick == 0 {
		c.Tick = DefaultTick
	}
	switch {
	case c.Interface == "":
		return &InterfaceError{Have: interfaces()}
	case c.SnapLen < 64 || c.SnapLen > capture.MaxFrame:
		return fmt.Errorf("snap length %d is not between 64 and %d", c.SnapLen, capture.MaxFrame)
	case c.RingBytes < minRing || c.RingBytes > math.MaxInt32:
		return fmt.Errorf("ring of %d bytes is not between %d and %d", c.RingBytes, minRing, math.MaxInt32)
	case c.Tick < time.Millisecond || c.Tick > 10*time.Second:
		return fmt.Errorf("tick of %v is not between 1ms and 10s", c.Tick)
	}
	return nil
}

// activate opens the handle, without promiscuity where the device has none.
func activate(conf Config) (*pcap.Handle, error) {
	promiscuous := !conf.NotPromiscuous && conf.Interface != "any"
	for {
		inactive, err := pcap.NewInactiveHandle(conf.Interface)
		if err != nil {
			return nil, activationError(conf.Interface, err, "")
		}
		err = errors.Join(
			inactive.SetSnapLen(conf.SnapLen),
			inactive.SetPromisc(promiscuous),
			inactive.SetTimeout(conf.Tick),
			inactive.SetBufferSize(conf.RingBytes))
		if err != nil {
			inactive.CleanUp()
			return nil, fmt.Errorf("%s: %w", conf.Interface, err)
		}
		handle, err := inactive.Activate()
		if err == nil {
			return handle, nil
		}
		detail := inactive.Error().Error()
		inactive.CleanUp()
		if promiscuous && err.Error() == "Cannot set as promisc" {
			promiscuous = false
			continue
		}
		return nil, activationError(conf.Interface, err, detail)
	}
}

// linkType returns the link type of a handle. gopacket keeps 8 bits of it, so
// it is looked up among those that the device offers.
func linkType(h *pcap.Handle) (capture.LinkType, error) {
	short := h.LinkType()
	offered, err := h.ListDataLinks()
	if err != nil {
		return 0, err
	}
	found := int(short)
	for _, d := range offered {
		if v := pcap.DatalinkNameToVal(d.Name); v >= 0 && v&0xff == int(short) {
			found = v
			break
		}
	}
	if capture.LinkType(found) == capture.LinkRawBSD {
		return capture.LinkRaw, nil // the number for files; the other differs among systems
	}
	return capture.LinkType(found), nil
}

// Link returns the link type of all frames.
func (s *Source) Link() capture.LinkType { return s.link }

// Next reads the next frame into f, whose Bytes are lent until the next call.
//
// When the card is idle it gives ticks, which have no number. A tick's time lies
// behind the wall clock by twice Config.Tick and a margin. The kernel hands
// frames over in blocks, a block that is not full only when its time of one Tick
// is up; so a frame may have been stamped and still be out of sight (for 136 ms
// with a Tick of 100 ms, the longest seen). A tick tells the time at which a read
// began that found the ring empty, less the longest time that a frame can stay
// hidden, and thus overtakes none. Frames that come late nevertheless (the host's
// clock was set back) are counted.
//
// After Stop, Next gives what was captured up to then and returns io.EOF.
func (s *Source) Next(f *capture.Frame) error {
	for s.ended == nil {
		stopping := s.stop.Load()
		var began time.Time
		if s.idle || stopping {
			began = s.now()
			if stopping && s.stopped.IsZero() {
				s.stopped = began
			}
		}
		data, info, err := s.handle.ZeroCopyReadPacketData()
		switch {
		case err == nil:
			s.idle, s.failures = false, 0
			t := capture.TimeOf(info.Timestamp)
			if stopping && s.drained(t, began) {
				continue
			}
			s.deliver(f, data, &info, t)
			return nil
		case errors.Is(err, pcap.NextErrorTimeoutExpired):
			s.failures = 0
			switch {
			case stopping:
				if began.Sub(s.stopped) > s.hold {
					s.end(io.EOF)
				}
			case s.idle:
				s.tick(f, capture.TimeOf(began.Add(-s.hold)))
				return nil
			}
			s.idle = true
		default:
			s.failed(err)
		}
	}
	return s.ended
}

func (s *Source) deliver(f *capture.Frame, data []byte, info *gopacket.CaptureInfo, t capture.Time) {
	s.n.Frames++
	s.n.Bytes += uint64(len(data))
	if info.Length > len(data) {
		s.n.Cut++
	}
	if t < s.lastTick {
		s.n.Late++
	}
	*f = capture.Frame{
		Bytes:  data,
		Time:   t,
		Number: s.n.Frames,
		Wire:   uint32(max(info.Length, len(data))),
		Link:   s.link,
	}
	s.last = max(s.last, t)
	s.count(t)
}

// tick moves the clock, never back.
func (s *Source) tick(f *capture.Frame, t capture.Time) {
	s.last = max(s.last, t)
	s.lastTick = s.last
	s.n.Ticks++
	*f = capture.Frame{Time: s.last, Link: s.link, Tick: true}
	s.count(t)
}

// drained tells, when capturing is to stop, whether all that came before is
// read: the ring is a queue, so a frame stamped well after the stop has
// nothing older behind it. Closing the handle at once would lose the ring, and
// a filter that lets nothing more in would make libpcap drop what is there.
func (s *Source) drained(t capture.Time, now time.Time) bool {
	if now.Sub(s.stopped) > drainLimit {
		s.n.Undrained = true
		s.end(io.EOF)
		return true
	}
	if t > capture.TimeOf(s.stopped.Add(margin)) {
		s.end(io.EOF)
		return true
	}
	return false
}

// failed decides what a read error means. An interface that was set down may
// come back, and its frames with it; until then it is idle.
func (s *Source) failed(err error) {
	reason := s.handle.Error().Error()
	if errors.Is(err, io.EOF) {
		reason = "closed"
	}
	s.failures++
	if card, err := net.InterfaceByName(s.conf.Interface); s.index != 0 && (err != nil || card.Index != s.index) {
		s.end(fmt.Errorf("%s: the interface is gone (%s)\nbring it back and start again", s.conf.Interface, reason))
		return
	}
	if s.failures > maxFailures || errors.Is(err, io.EOF) {
		s.end(fmt.Errorf("%s: reading failed: %s", s.conf.Interface, reason))
		return
	}
	s.idle = true
}

func (s *Source) end(err error) {
	s.ended = err
	s.read()
}

// count reads the kernel's counters once a second.
func (s *Source) count(t capture.Time) {
	if d := t.Sub(s.statTime); d >= time.Second || d < 0 {
		s.statTime = t
		s.read()
	}
}

// read takes up the kernel's counters and publishes all. They are 32 bits wide
// and wrap.
func (s *Source) read() {
	if k, err := s.handle.Stats(); err == nil {
		s.n.Received += uint64(uint32(k.PacketsReceived) - uint32(s.n.Received))
		s.n.Dropped += uint64(uint32(k.PacketsDropped) - uint32(s.n.Dropped))
		s.n.IfDropped += uint64(uint32(k.PacketsIfDropped) - uint32(s.n.IfDropped))
	}
	if s.index != 0 {
		card, err := net.InterfaceByIndex(s.index)
		s.n.Down = err != nil || card.Flags&net.FlagUp == 0
	}
	s.mu.Lock()
	s.published = s.n
	s.mu.Unlock()
}

// Stats returns the counters. While capturing they are up to a second old;
// after Next returned an error they are final.
func (s *Source) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.published
}

// Stop makes Next return io.EOF once it has given what was captured so far.
// On an idle card that takes a few ticks.
func (s *Source) Stop() { s.stop.Store(true) }

// Close gives the card and the ring back. The bytes of the last frame are gone
// then, as is what Next did not read.
func (s *Source) Close() error {
	if s.ended == nil {
		s.end(io.EOF)
	}
	s.handle.Close()
	return nil
}
