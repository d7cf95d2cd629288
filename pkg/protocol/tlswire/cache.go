package tlswire

import "github.com/hookhound/hookhound/pkg/limit"

const (
	// entryBytes is about what an entry costs beside its key and what its
	// value says that it costs: its share of the map and the headers.
	entryBytes = 96
)

// cache remembers values by their keys in two generations. When the young one
// is full it becomes the old one, and the old one is forgotten; what is asked
// for again moves back to the young. So whatever is in use stays, a flood of
// keys that come once pushes out only itself, and no order of a map and no
// clock has a say in it. What is made of a value must be a function of its key
// and of what is asked: what the cache holds then changes the speed and never a result.
type cache[V any] struct {
	young, old map[string]V
	used       int // bytes held by young
}

// get returns the value of a key, and whether it was there. size is what a
// value costs in bytes.
func (c *cache[V]) get(key []byte, size func(V) int) (v V, ok bool) {
	if v, ok = c.young[string(key)]; ok {
		return v, true
	}
	if v, ok = c.old[string(key)]; ok {
		c.put(key, v, size(v))
	}
	return v, ok
}

// put remembers a value that costs size bytes.
func (c *cache[V]) put(key []byte, v V, size int) {
	if len(key) > limit.TLSCacheKey {
		return
	}
	size += len(key) + entryBytes
	if c.young == nil || c.used+size > limit.TLSCache {
		c.old, c.young, c.used = c.young, c.old, 0
		clear(c.young) // a map that was once full keeps its room
		if c.young == nil {
			c.young = make(map[string]V)
		}
	}
	c.young[string(key)] = v
	c.used += size
}
