package pipeline

import (
	"context"
	"io"
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/defrag"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

// reader takes frames from the source, one batch after the other.
type reader struct {
	src   *window
	stats *Stats
	clock capture.Time // the greatest time so far
	list  [windowFrames]packet.Packet
	parts *defrag.Table
	past  defrag.Stats // of tables before
	whole bool         // the newest packet was made whole of fragments

	guard   guard
	refused int  // panics of the source since its last frame
	joining bool // fragments are being made whole

	// Of the batch that is being read.
	start  capture.Time
	frames int
	bytes  int
	tick   bool
}

func (r *reader) begin() {
	r.start, r.frames, r.bytes, r.tick = r.clock, 0, 0, false
}

func (r *reader) full() bool {
	return r.tick || r.frames >= batchFrames || r.bytes >= batchBytes ||
		r.frames > 0 && r.clock.Sub(r.start) >= batchTime
}

// next gives the next packets of the batch, lent until the next call: as many
// as the source lends together, perhaps none.
//
// A frame that cannot be read without a panic ends them and is left out.
func (r *reader) next() (list []packet.Packet, err error) {
	var f *capture.Frame
	list = r.list[:0]
	defer r.caught(&f, &err)
	for {
		if f, err = r.src.next(); err != nil {
			return nil, err // it comes first in its window
		}
		r.refused = 0
		if n := len(list); r.frame(f, &r.list[n]) {
			list = r.list[:n+1]
		}
		f = nil
		if r.src.empty() || r.full() || r.whole {
			return list, nil // a whole datagram is lent until the next one
		}
	}
}

// frame reads one frame and tells whether it holds a packet.
func (r *reader) frame(f *capture.Frame, p *packet.Packet) bool {
	if f.Tick {
		r.tick = true
		r.clock = max(r.clock, f.Time)
		return false
	}
	st := r.stats
	st.Frames++
	st.Bytes += uint64(f.Wire)
	if st.Frames == 1 {
		st.First, st.Last = f.Time, f.Time
		r.clock = max(r.clock, f.Time)
	}
	if f.Time < r.clock {
		st.Late++
		st.First = min(st.First, f.Time)
	} else {
		r.clock, st.Last = f.Time, f.Time
	}
	r.frames++
	r.bytes += len(f.Bytes)
	why := packet.Decode(f, p)
	st.Packets[why]++
	if why == packet.UnknownLink && !slices.Contains(st.Links[:], f.Link) {
		if i := slices.Index(st.Links[:], 0); i >= 0 {
			st.Links[i] = f.Link
		}
	}
	p.Clock = r.clock
	r.whole = false
	if why == packet.Fragment {
		r.joining = true
		for why == packet.Fragment && r.parts.Add(p) {
			// What was whole may be a tunnel with a fragment inside.
			why, r.whole = packet.DecodeWhole(p), true
			st.Inside[why]++
		}
		r.joining = false
	}
	return why == packet.OK
}

// feed gives batches to workers until the source or the context ends.
func (r *reader) feed(ctx context.Context, workers []*worker, free <-chan []*batch) error {
	for {
		set := <-free
		for _, b := range set {
			b.reset()
		}
		r.begin()
		var err error
		for !r.full() {
			var list []packet.Packet
			if list, err = r.next(); err != nil {
				break
			}
			for i := range list {
				p := &list[i]
				set[int(flow.Shard(p.Src, p.Dst))%len(workers)].add(p)
			}
		}
		last := err != nil || ctx.Err() != nil
		for i, w := range workers {
			set[i].clock, set[i].frames, set[i].last = r.clock, r.stats.Frames, last
			if i == 0 {
				set[i].panics = r.guard.take()
			}
			w.in <- set[i]
		}
		if last {
			if err == io.EOF || err == nil {
				return nil
			}
			return err
		}
	}
}
