package pipeline

import (
	"cmp"
	"slices"

	"github.com/hookhound/hookhound/capture"
	"github.com/hookhound/hookhound/pkg/observe"
)

// order puts observations in their order: by time, by frame, by shard. What one
// shard said at one moment stays as it said it. Places are sorted and not the
// observations, which are large.
type order struct{ places []place }

type place struct {
	time  capture.Time
	frame uint64
	place int32
	shard uint8
}

// of gives the places of items in their order, lent until the next call. The
// items of each shard stand in the order in which it gave them.
func (o *order) of(items []observe.Item) []place {
	o.places = o.places[:0]
	for i := range items {
		it := &items[i]
		o.places = append(o.places, place{it.Time, it.Frame, int32(i), it.Shard})
	}
	slices.SortFunc(o.places, func(a, b place) int {
		if c := cmp.Compare(a.time, b.time); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.frame, b.frame), cmp.Compare(a.shard, b.shard), cmp.Compare(a.place, b.place))
	})
	return o.places
}
