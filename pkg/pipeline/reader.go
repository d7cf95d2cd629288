package pipeline

import (
	"context"
	"io"
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/packet"
)

// maxLinks is how many link types that cannot be decoded are told by number.
const maxLinks = 4

// reader takes frames from the source, one batch after the other.
type reader struct {
	src   Source
	stats *Stats
	frame capture.Frame
	clock capture.Time // the greatest time so far

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

// next reads one frame and tells whether it holds a packet.
func (r *reader) next(p *packet.Packet) (ok bool, err error) {
	f := &r.frame
	if err := r.src.Next(f); err != nil {
		return false, err
	}
	if f.Tick {
		r.tick = true
		r.clock = max(r.clock, f.Time)
		return false, nil
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
	return why == packet.OK, nil
}

// feed gives batches to workers until the source or the context ends.
func (r *reader) feed(ctx context.Context, workers []*worker, free <-chan []*batch) error {
	var p packet.Packet
	for {
		set := <-free
		for _, b := range set {
			b.reset()
		}
		r.begin()
		var err error
		for !r.full() {
			var ok bool
			if ok, err = r.next(&p); err != nil {
				break
			}
			if ok {
				set[int(flow.Shard(p.Src, p.Dst))%len(workers)].add(&p)
			}
		}
		last := err != nil || ctx.Err() != nil
		for i, w := range workers {
			set[i].clock, set[i].frames, set[i].last = r.clock, r.stats.Frames, last
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
