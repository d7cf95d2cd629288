package main

// carried is a visit whose packets travel by a carrier. The same client calls
// the same server in each, so that what differs is the carrier.
func carried(via func() carrier) func(t *trace) {
	return func(t *trace) {
		t.via = via()
		t.talk("10.0.1.15:40001", "203.0.113.10:443").visit(t.script("inner.example.com"))
	}
}

func carried6(via func() carrier, from string) func(t *trace) {
	return func(t *trace) {
		t.via = via()
		t.talk("["+from+"]:40001", "[2001:db8:113::10]:443").visit(t.script("inner.example.com"))
	}
}

func tunnels() []sample {
	return []sample{
		{"vlan-stacked", "three VLAN tags: 100, 200, 300", carried(func() carrier { return tagged(100, 200, 300) })},
		{"mpls", "two MPLS labels, 16001 and 24005", carried(func() carrier { return labelled(16001, 24005) })},
		{"pppoe", "PPPoE, session 17", carried(func() carrier { return pppoe(17) })},
		{"gre", "GRE with checksum, key 4242 and sequence numbers", carried(func() carrier { return gre(4242) })},
		{"erspan-1", "ERSPAN type I", carried(erspan1)},
		{"erspan-2", "ERSPAN type II, session 5, VLAN 300", carried(func() carrier { return erspan2(5, 300) })},
		{"erspan-3", "ERSPAN type III with its optional part, session 6, VLAN 301", carried(func() carrier { return erspan3(6, 301) })},
		{"vxlan", "VXLAN, network 7001", carried(func() carrier { return vxlan(ethernet(), 7001) })},
		{"geneve", "Geneve with an option, network 7002", carried(func() carrier { return geneve(7002) })},
		{"gtp-u", "GTP-U with a sequence number and an extension header, endpoints 8001 and 8002", carried(func() carrier { return gtp(8001) })},
		{"ip-in-ip", "IPv4 in IPv4", carried(ipInIP)},
		{"6in4", "IPv6 in IPv4", carried6(sixInFour, "fd00:1::15")},
		{"teredo", "Teredo: IPv6 in UDP, with an origin indication on the way back", carried6(teredo, "2001:0:c000:201:0:f227:39cc:9bf8")},
		{"l2tp", "L2TP over UDP with PPP inside, tunnel 11, session 22", carried(func() carrier { return l2tp(11, 22) })},
	}
}

func fragments() []sample {
	return []sample{
		{"fragments-ipv4", "IPv4 fragments of a hello and its answer, the last one first, one twice",
			carried(func() carrier { return cut(ethernet(), 256, shuffled) })},
		{"fragments-ipv6", "IPv6 fragments of the same, the last one first, one twice",
			carried6(func() carrier { return cut(ethernet(), 256, shuffled) }, "fd00:1::15")},
		{"fragments-vxlan", "VXLAN, network 7003, whose outer packets are fragments, the last one first",
			carried(func() carrier { return vxlan(cut(ethernet(), 400, shuffled), 7003) })},
	}
}
