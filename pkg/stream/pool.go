package stream

import (
	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/packet"
)

// Pool is the memory of one shard for segments that wait for bytes before
// them. It grows by slabs up to its limit, reuses every block, and gives none
// back to the heap. Not safe for concurrent use: each shard has one, so that
// what it refuses depends on that shard's packets alone.
type Pool struct {
	Stats Stats

	blocks []block  // blocks[0] is not used: 0 means none
	slabs  [][]byte // the room of blocks 1 to slabBlocks, and so on
	free   int32    // head of the list of free blocks
	used   int32
	peak   int32
	limit  int32 // blocks in all
	share  int32 // blocks for one connection

	chunk Chunk // the one that is lent; here because a local one would escape to the heap
}

// block is the head of one held piece of a segment. It holds no pointer, so
// the garbage collector never walks a pool.
type block struct {
	time    capture.Time
	clock   capture.Time // when it was stored
	frame   uint64
	seq     packet.Seq
	n       int32 // length in the stream
	next    int32 // the piece after it, or the next free block
	cut     bool  // the bytes were cut off by the snap length: length only
	aligned bool
}

func (b *block) end() packet.Seq { return b.seq.Add(int(b.n)) }

// NewPool returns a pool that holds at most total bytes, and at most perConn
// of them for one connection, in whole blocks. The heads of the blocks take 4 %
// more. A limit below BlockSize holds nothing: then each hole is skipped as
// soon as a segment behind it is seen.
func NewPool(total, perConn int) *Pool {
	most := func(n int) int32 { return int32(min(max(n, 0)/BlockSize, 1<<30)) }
	return &Pool{limit: most(total), share: most(perConn)}
}

// Held is how many bytes of memory are in use, in whole blocks.
func (p *Pool) Held() int { return int(p.used) * BlockSize }

// Peak is the most that was ever in use.
func (p *Pool) Peak() int { return int(p.peak) * BlockSize }

// take returns a free block, or 0 when the limit is reached.
func (p *Pool) take() int32 {
	if p.used >= p.limit {
		return 0
	}
	if p.free == 0 {
		p.grow()
	}
	i := p.free
	p.free = p.blocks[i].next
	p.used++
	p.peak = max(p.peak, p.used)
	return i
}

// put gives a block back.
func (p *Pool) put(i int32) {
	p.blocks[i] = block{next: p.free}
	p.free = i
	p.used--
}

func (p *Pool) grow() {
	if len(p.blocks) == 0 {
		p.blocks = append(p.blocks, block{})
	}
	n := min(slabBlocks, int(p.limit)-(len(p.blocks)-1))
	p.slabs = append(p.slabs, make([]byte, n*BlockSize))
	for range n {
		p.blocks = append(p.blocks, block{next: p.free})
		p.free = int32(len(p.blocks) - 1)
	}
}

// room is the memory of block i.
func (p *Pool) room(i int32) []byte {
	slab := p.slabs[(i-1)/slabBlocks]
	at := int(i-1) % slabBlocks * BlockSize
	return slab[at : at+BlockSize]
}

// bytes are what block i holds; none when they were cut off.
func (p *Pool) bytes(i int32) []byte {
	b := &p.blocks[i]
	if b.cut {
		return nil
	}
	return p.room(i)[:b.n]
}
