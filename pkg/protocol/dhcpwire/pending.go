package dhcpwire

import "github.com/hookhound/hookhound/pkg/limit"

// request is what is remembered of a request until it is granted.
type request struct {
	xid    uint32
	client string // hardware address, or DUID
	host   string
	id     string
}

// pending are the requests of a conversation, oldest first.
type pending []request

func (p *pending) ask(q request) {
	if q.host == "" && q.id == "" {
		return
	}
	for i := range *p {
		if x := &(*p)[i]; x.xid == q.xid && x.client == q.client {
			*x = q
			return
		}
	}
	if len(*p) == limit.DHCPPending {
		copy(*p, (*p)[1:])
		*p = (*p)[:limit.DHCPPending-1]
	}
	*p = append(*p, q)
}

// answered returns the request of a transaction, or nothing, and forgets it.
func (p *pending) answered(xid uint32, client string) (q request) {
	for i, x := range *p {
		if x.xid == xid && x.client == client {
			*p = append((*p)[:i], (*p)[i+1:]...)
			return x
		}
	}
	return q
}
