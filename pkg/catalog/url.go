package catalog

import (
	"errors"
	"net/url"
	"sort"
	"strings"

	"github.com/hookhound/hookhound/pkg/limit"
)

// Redacted stands in a URL where a secret, or a path that could be one, was.
const Redacted = "REDACTED"

// errNoHost names no part of the URL: it may hold a secret.
var errNoHost = errors.New("url: no host name in it; want a form like https://host/path")

// URLMatch says what a URL leads to, and what of it may be shown.
type URLMatch struct {
	Match
	// Shape is the shape that the path has, or nil.
	Shape *Shape
	// WebhookID names the webhook without giving access to it.
	WebhookID string
	// TokenBytes is the secret, for a keyed hash and nothing else: the groups
	// "token" and "token2" of the shape without percent encoding, joined by
	// "/" when there are two.
	TokenBytes []byte
	// Redacted is the URL with its secret replaced by REDACTED. Outside known
	// shapes the whole path is, and the query everywhere. It never has the
	// user part or the fragment.
	Redacted string
	// Target is the path of Redacted, for places that hold a request target.
	Target string
}

// URL looks up a URL; without a scheme it may begin with the host. The error
// is for a text that names no host, and never repeats any of it.
func (c *Catalog) URL(raw string) (URLMatch, error) {
	raw = strings.TrimSpace(raw)
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok || strings.ContainsAny(scheme, "/?#@.") {
		scheme, rest = "", strings.TrimPrefix(raw, "//")
	}
	authority, target := rest, ""
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		authority, target = rest[:i], rest[i:]
	}
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	m := c.request(scheme, authority, target)
	if m.ID == "" {
		return URLMatch{}, errNoHost
	}
	return m, nil
}

// Request looks up what an HTTP request asks: the name in its Host field, and
// its target, which may be a whole URL when it goes to a proxy.
func (c *Catalog) Request(host, target string) URLMatch {
	if i := strings.Index(target, "://"); i > 0 && i < 8 {
		if m, err := c.URL(target); err == nil {
			return m
		}
	}
	return c.request("http", host, target)
}

func (c *Catalog) request(scheme, authority, target string) URLMatch {
	m := URLMatch{Match: c.Host(authority)}
	m.Target = c.target(&m, target)
	m.Redacted = m.origin(scheme, authority) + m.Target
	m.guard()
	return m
}

// origin is the part of a URL before its path.
func (m *URLMatch) origin(scheme, authority string) string {
	name := m.Host
	if m.ID == "" || len(name) > limit.HostName || !printable(name) {
		name = Redacted // no host name: nobody knows what it is
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		if port := authority[i:]; strings.IndexByte(authority, ':') == i || authority[i-1] == ']' {
			if _, ok := cutPort(port, 0); ok && len(port) > 1 {
				name += port
			}
		}
	}
	switch scheme = lower(scheme); scheme {
	case "http", "https", "ws", "wss":
		return scheme + "://" + name
	}
	return name
}

// target finds the shape of a request target, and returns what may be shown of
// it.
func (c *Catalog) target(m *URLMatch, target string) string {
	target, _, _ = strings.Cut(target, "#")
	if strings.HasPrefix(target, "?") {
		target = "/" + target
	}
	if len(target) > limit.URLTarget {
		target = target[:limit.URLTarget]
	}
	if target == "" || target == "/" || target == "*" {
		return target
	}
	// Without percent encoding first: with it a shape could fit the beginning
	// of a token alone.
	for _, form := range [2]string{unescaped(target), target} {
		if form == "" {
			continue
		}
		if m.Service != nil {
			if shown, ok := m.try(m.Service, form); ok {
				return shown
			}
			continue
		}
		for _, s := range c.anyHost {
			if shown, ok := m.try(s, form); ok {
				return shown
			}
		}
	}
	return hidden(target)
}

// hidden stands for a target of which nothing may be shown but whether it has
// a path and a query.
func hidden(target string) string {
	path, _, query := strings.Cut(target, "?")
	switch {
	case query && path == "/":
		return "/?" + Redacted
	case query:
		return "/" + Redacted + "?" + Redacted
	}
	return "/" + Redacted
}

// unescaped is the target without percent encoding, which would hide a token
// from its shape, or "" where there is none or it hides bytes that belong in no
// webhook's URL.
func unescaped(target string) string {
	if !strings.Contains(target, "%") {
		return ""
	}
	s, err := url.PathUnescape(target)
	if err != nil {
		return ""
	}
	return s
}

// try compares a target with the shapes of a service, first come first served.
func (m *URLMatch) try(s *Service, target string) (shown string, ok bool) {
	for i := range s.Shapes {
		shape := &s.Shapes[i]
		at := shape.re.FindStringSubmatchIndex(target)
		if at == nil || !printable(target[:at[1]]) {
			continue
		}
		m.take(s, shape, target, at)
		return mask(shape, target, at), true
	}
	return "", false
}

// printable tells whether a text has only visible ASCII.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// take notes what a shape tells. A service of any host becomes the match's,
// but the id stays the domain's: a pair is the same whether its URLs are seen
// or not, and two companies that run the same software are not one.
func (m *URLMatch) take(s *Service, shape *Shape, target string, at []int) {
	if m.Service == nil {
		m.Service, m.Class, m.Weight, m.Dedicated = s, s.Class, s.Weight, s.Dedicated
		m.Pattern = anyHost
	}
	m.Shape, m.PathMatched, m.Class = shape, true, shape.Class
	if shape.ownWeight {
		m.Weight = shape.Weight
	}
	for i, name := range shape.re.SubexpNames() {
		if at[2*i] < 0 {
			continue
		}
		group := target[at[2*i]:at[2*i+1]]
		switch name {
		case "id":
			m.WebhookID = group
		case "token", "token2":
			if len(m.TokenBytes) > 0 {
				m.TokenBytes = append(m.TokenBytes, '/')
			}
			m.TokenBytes = append(m.TokenBytes, group...)
		}
	}
	if m.Tenant == "" {
		m.Tenant = m.WebhookID
	}
}

// mask is the path as far as the shape knows it, with REDACTED in the place of
// each token; a query is replaced whole, and what follows the known part left
// out.
func mask(shape *Shape, target string, at []int) string {
	type span struct{ from, to int }
	var spans []span
	for i, name := range shape.re.SubexpNames() {
		if (name == "token" || name == "token2") && at[2*i] >= 0 {
			spans = append(spans, span{at[2*i], at[2*i+1]})
		}
	}
	sort.Slice(spans, func(i, j int) bool { return spans[i].from < spans[j].from })
	query := strings.IndexByte(target, '?')
	end := at[1]
	if query >= 0 {
		end = min(end, query)
	}
	var b strings.Builder
	from := 0
	for _, s := range spans {
		if s.from >= end || s.from < from {
			continue
		}
		b.WriteString(target[from:s.from])
		b.WriteString(Redacted)
		from = s.to
	}
	if from < end {
		b.WriteString(target[from:end])
	}
	if query >= 0 {
		b.WriteString("?" + Redacted)
	}
	return b.String()
}

// guard is the last look at what will be shown: should a secret stand a second
// time in the URL (repeated as an id, or as part of the name), that goes too.
func (m *URLMatch) guard() {
	if len(m.TokenBytes) == 0 {
		return
	}
	secret := string(m.TokenBytes)
	tokens := append(strings.Split(secret, "/"), secret)
	leaks := func(shown string) bool {
		for _, token := range tokens {
			if len(token) >= minToken && token != Redacted && strings.Contains(shown, token) {
				return true
			}
		}
		return false
	}
	if leaks(m.WebhookID) {
		m.WebhookID = ""
	}
	if leaks(m.Tenant) {
		m.Tenant = ""
	}
	if leaks(m.Target) {
		m.Target = "/" + Redacted
	}
	if leaks(m.Redacted) {
		m.Redacted = Redacted
	}
}
