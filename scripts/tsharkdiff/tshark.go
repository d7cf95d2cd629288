package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"
)

// fields are what tshark is asked for, in the order of its columns. Several
// values of a field in one frame are joined by a byte that no name holds.
var fields = [...]string{
	"ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
	"tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport",
	"tls.handshake.extensions_server_name", "tls.handshake.ja3", "tls.handshake.ja3s",
	"http.request.method", "http.host", "http.request.uri",
	"dns.flags.response", "dns.qry.name", "dns.a", "dns.aaaa",
	"dns.count.answers", "dns.resp.type",
	"http2.headers.method", "http2.headers.authority", "http2.headers.path",
}

const (
	ipSrc = iota
	ipDst
	ip6Src
	ip6Dst
	tcpSrc
	tcpDst
	udpSrc
	udpDst
	sni
	ja3
	ja3s
	method
	host
	uri
	response
	question
	a
	aaaa
	answers
	types
	method2
	host2
	uri2
)

const joint = "\x1f"

// tshark reads a file with tshark.
func tshark(file string) ([]row, error) {
	args := []string{
		"-n", "-r", file, "-2",
		// TLS and HTTP on ports that belong to others, too.
		"-o", "tcp.try_heuristic_first:TRUE",
		"-o", "tcp.reassemble_out_of_order:TRUE",
		"-Y", "(tls.handshake.type in {1,2}) or http.request or http2.headers.method or dns.flags.response == 1",
		"-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=" + joint,
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	c := exec.Command("tshark", args...)
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || len(out) == 0 && !strings.Contains(complaint.String(), "cut short")) {
		return nil, fmt.Errorf("tshark: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	var rows []row
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		cols := strings.Split(lines.Text(), "\t")
		if len(cols) == len(fields) {
			rows = append(rows, frame(cols)...)
		}
	}
	return rows, lines.Err()
}

// frame turns the columns of one frame into rows.
func frame(cols []string) (rows []row) {
	var v [len(fields)][]string
	for i, c := range cols {
		if c != "" {
			v[i] = strings.Split(c, joint)
		}
	}
	from := end(last(v[ip6Src], v[ipSrc]), last(v[tcpSrc], v[udpSrc]))
	to := end(last(v[ip6Dst], v[ipDst]), last(v[tcpDst], v[udpDst]))
	add := func(kind, client, server, value string) {
		if value != "" {
			rows = append(rows, row{kind, client, server, value})
		}
	}
	for _, s := range v[sni] {
		add("tls.sni", from, to, strings.ToLower(s))
	}
	for _, s := range v[ja3] {
		add("tls.ja3", from, to, s)
	}
	for _, s := range v[ja3s] {
		add("tls.ja3s", to, from, s)
	}
	if len(v[udpSrc]) > 0 && len(v[tcpSrc]) == 0 {
		v[method] = nil // SSDP looks like HTTP, over UDP
	}
	requests := func(methods, hosts, uris []string) {
		for i, m := range methods {
			var h string
			if len(hosts) == len(methods) {
				h = hosts[i]
			}
			if i < len(uris) {
				add("http", from, to, strings.Join([]string{m, strings.ToLower(h), uris[i]}, " "))
			}
		}
	}
	requests(v[method], v[host], v[uri])
	requests(v[method2], v[host2], v[uri2])
	if len(v[response]) == 1 && v[response][0] == "1" && len(v[question]) == 1 && !local(last(v[udpSrc])) {
		for _, addr := range answered(&v) {
			add("dns", to, from, strings.ToLower(v[question][0])+" "+addr)
		}
	}
	return rows
}

// local tells of a port at which names are asked for in the neighbourhood alone:
// mDNS and LLMNR.
func local(port string) bool { return port == "5353" || port == "5355" }

// answered are the addresses of the answer section, which comes first: tshark
// tells those of name servers with them.
func answered(v *[len(fields)][]string) (list []string) {
	n, err := strconv.Atoi(last(v[answers]))
	if err != nil {
		return nil
	}
	four, six := v[a], v[aaaa]
	for _, t := range v[types][:min(n, len(v[types]))] {
		switch {
		case t == "1" && len(four) > 0:
			list, four = append(list, four[0]), four[1:]
		case t == "28" && len(six) > 0:
			list, six = append(list, six[0]), six[1:]
		}
	}
	return list
}

// last is the innermost value of the first field that has one.
func last(lists ...[]string) string {
	for _, l := range lists {
		if len(l) > 0 {
			return l[len(l)-1]
		}
	}
	return ""
}

// end writes an address and a port as Go does.
func end(addr, port string) string {
	if ip, err := netip.ParseAddr(addr); err == nil && ip.Is6() {
		return "[" + ip.String() + "]:" + port
	}
	return addr + ":" + port
}
