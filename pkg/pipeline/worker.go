package pipeline

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/flow"
	"github.com/hookhound/hookhound/pkg/observe"
	"github.com/hookhound/hookhound/pkg/packet"
)

// batch is the part of a stretch of frames that one worker gets. Payloads point
// into slab.
type batch struct {
	packets []packet.Packet
	slab    []byte
	clock   capture.Time // at its end
	frames  uint64       // read so far
	last    bool         // the input ends here
	items   []observe.Item
	panics  []Panic
}

func (b *batch) reset() {
	b.packets, b.slab, b.items = b.packets[:0], b.slab[:0], b.items[:0]
	b.last, b.panics = false, nil
}

// add copies a packet with its payload. Where the slab has to grow, payloads
// that were added before stay in the memory that it leaves, until the batch is
// used again.
func (b *batch) add(p *packet.Packet) {
	at := len(b.slab)
	b.slab = append(b.slab, p.Payload...)
	b.packets = append(b.packets, *p)
	b.packets[len(b.packets)-1].Payload = b.slab[at:len(b.slab):len(b.slab)]
}

// worker owns every n-th shard.
type worker struct {
	index, n int
	shards   [flow.Shards]*observe.Shard // nil where another worker owns it
	ahead    observe.Ahead
	in, done chan *batch
}

func newWorker(opt *observe.Options, index, n int) *worker {
	return &worker{index: index, n: n, shards: observe.Shards(opt, index, n)}
}

func (w *worker) run() {
	defer close(w.done)
	for b := range w.in {
		w.packets(b.packets)
		if b.last {
			w.close(b.clock)
		} else {
			w.advance(b.clock)
		}
		b.items = append(b.items, w.take()...)
		b.panics = append(b.panics, w.panics()...)
		w.done <- b
	}
}

func (w *worker) packets(list []packet.Packet) { w.ahead.Packets(&w.shards, list) }

func (w *worker) advance(now capture.Time) {
	for i := w.index; i < flow.Shards; i += w.n {
		w.shards[i].Advance(now)
	}
}

func (w *worker) close(now capture.Time) {
	for i := w.index; i < flow.Shards; i += w.n {
		w.shards[i].Close(now)
	}
}

// take gives what the worker's shards observed, lent until the next call.
func (w *worker) take() []observe.Item { return w.shards[w.index].Take() }

// panics gives those that the worker's shards have caught since the last call.
func (w *worker) panics() []Panic { return observed(w.shards[w.index].Panics()) }

func (w *worker) stats() observe.Stats {
	var sum observe.Stats
	for i := w.index; i < flow.Shards; i += w.n {
		st := w.shards[i].Stats()
		sum.Add(&st)
	}
	return sum
}
