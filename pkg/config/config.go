// Package config holds the settings of the sensor and says where each value
// came from: a flag beats the environment, which beats the file, which beats
// the default. A key that does not exist is refused with the nearest that does.
package config

import (
	"net/netip"
	"time"
)

// Settings are all settings in force.
type Settings struct {
	Site         string   `koanf:"site"`
	HomeNetworks []string `koanf:"home_networks"`
	Overlapping  bool     `koanf:"overlapping_networks"`
	Workers      int      `koanf:"workers"`
	BugReport    string   `koanf:"bug_report"` // empty: none is written

	Capture Capture `koanf:"capture"`
	Limits  Limits  `koanf:"limits"`
	Rules   Rules   `koanf:"rules"`
	Detect  Detect  `koanf:"detect"`
	Privacy Privacy `koanf:"privacy"`
	Kafka   Kafka   `koanf:"kafka"`
}

// Capture is what a live capture listens to.
type Capture struct {
	Interface   string `koanf:"interface"`
	Filter      string `koanf:"filter"`
	SnapLen     int    `koanf:"snaplen"`  // bytes
	RingMiB     int    `koanf:"ring_mib"` // MiB
	Promiscuous bool   `koanf:"promiscuous"`
}

// Limits bound the memory.
type Limits struct {
	Flows     int `koanf:"flows"`
	StreamMiB int `koanf:"stream_mib"` // MiB
	Pairs     int `koanf:"pairs"`
}

// Rules says where the catalogue is.
type Rules struct {
	Dir string `koanf:"dir"` // empty: the one that is built in
}

// Detect decides what is sent.
type Detect struct {
	Threshold   float64 `koanf:"threshold"` // 0 to 100
	HuntEntries int     `koanf:"hunt_entries"`
}

// Privacy decides what is kept back.
type Privacy struct {
	Level    string   `koanf:"level"` // standard or full
	Exclude  []string `koanf:"exclude"`
	TokenKey string   `koanf:"token_key"` // empty: nothing of a webhook's token leaves
}

// Kafka is where detections are published.
type Kafka struct {
	Brokers      []string      `koanf:"brokers"` // none: nothing is published
	Topic        string        `koanf:"topic"`
	DrainTimeout time.Duration `koanf:"drain_timeout"`
	DeadLetter   string        `koanf:"dead_letter"`
}

// The levels of privacy.
const (
	PrivacyStandard = "standard"
	PrivacyFull     = "full"
)

// key is one setting.
type key struct {
	name string // as in the file, parts joined by dots
	flag string // on the command line; empty: none
	zero any    // the default; also tells the type
	help string
}

// keys lists every setting, in the order in which they are printed.
func keys() []key {
	return []key{
		{"site", "site", "default", "name of the address space that is watched; part of every pair's identity"},
		{"home_networks", "home", []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"}, "networks whose clients are scored"},
		{"overlapping_networks", "", false, "VLANs and virtual networks use the same addresses: keep them apart, each with a site of its own"},
		{"workers", "workers", 1, "goroutines that observe, 1 to 64; the result is the same for any number"},
		{"bug_report", "", "/tmp/hookhound-crash.pcapng", "file for the frames over which hookhound itself fails, made when it first does; empty: they are not kept"},

		{"capture.interface", "interface", "", "network interface to listen on"},
		{"capture.filter", "filter", "", "BPF filter, in the syntax of pcap-filter(7)"},
		{"capture.snaplen", "snaplen", 262144, "bytes of each frame that are captured"},
		{"capture.ring_mib", "ring", 64, "size of the kernel's capture ring in MiB"},
		{"capture.promiscuous", "promiscuous", true, "also see frames that are not addressed to this host"},

		{"limits.flows", "", 1_000_000, "flows followed at once"},
		{"limits.stream_mib", "", 256, "MiB held for TCP segments that came out of order"},
		{"limits.pairs", "", 200_000, "pairs of client and service remembered at once"},

		{"rules.dir", "rules", "", "folder with a catalogue that replaces the built-in one"},

		{"detect.threshold", "threshold", 40.0, "least score, 0 to 100, at which something is reported"},
		{"detect.hunt_entries", "hunt-entries", 100, "entries of a day's hunt list, at most; 0 leaves the list out"},

		{"privacy.level", "privacy", PrivacyStandard, "standard, or full: nothing of a URL is kept back"},
		{"privacy.exclude", "exclude", []string{}, "networks whose traffic is not followed at all"},
		{"privacy.token_key", "", "", "secret, 16 bytes or more, that keys the hash by which a webhook's token can be recognised; default: no hash"},

		{"kafka.brokers", "kafka", []string{}, "brokers, HOST:PORT, that detections are published to"},
		{"kafka.topic", "topic", "hookhound.detections", "topic for detections; it must exist"},
		{"kafka.drain_timeout", "drain-timeout", 30 * time.Second, "how long the end waits for the broker"},
		{"kafka.dead_letter", "dead-letter", "", "file for detections that a broker will never take; default: their ids are named on standard error"},
	}
}

// Prefixes parses networks that have been checked; a bare address is a network
// of one.
func Prefixes(list []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		if p, err := prefix(s); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func prefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}
