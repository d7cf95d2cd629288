package catalog

import "regexp"

// Service is one thing that clients call, under however many names. It does
// not change once it is loaded.
type Service struct {
	ID        string // short and stable: part of what identifies a pair
	Name      string // for sentences: "called Discord 37 times"
	Class     Class
	Weight    int // 0 to 100: what a call adds to a score, before anything else is known
	Dedicated Dedicated
	Tenant    []Place // where the customer's part stands; empty: nowhere
	Reason    string  // why a defender cares, one sentence
	Evidence  []string
	Reference string // a page about the service's webhooks, or ""
	Hosts     []Host
	Except    []string // names that a pattern of Hosts covers but that do not belong
	Shapes    []Shape
	Examples  []string // names and URLs that must match
	Not       []string // names and URLs that must not

	File string // where it stands
	Line int
}

// AnyHost tells that only URLs can match: the service is software that people
// run under names of their own.
func (s *Service) AnyHost() bool { return len(s.Hosts) == 1 && s.Hosts[0].Pattern == anyHost }

// Host is one name, or a pattern of names, of a service. "discord.com" is that
// name; "*.office.com" is every name below; "{tenant}.ngrok.io" as well, and
// says that the label next to the rest is the tenant; "*" further right stands
// for exactly one label: "{tenant}.lambda-url.*.on.aws".
type Host struct {
	Pattern   string
	Weight    int       // the service's unless told otherwise
	Dedicated Dedicated // the service's unless told otherwise

	line int
}

// Shape is what the path (and query) of a URL of the service looks like. In
// the expression the group "id" is the webhook's id, which may be shown, and
// the groups "token" and "token2" are its secret.
type Shape struct {
	Pattern string
	Means   Means
	Class   Class // the service's unless told otherwise
	Weight  int   // the service's unless told otherwise, and then as the host has it

	ownWeight bool
	re        *regexp.Regexp
	line      int
}
