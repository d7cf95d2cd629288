package live

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// The first line of an error of this package says what is wrong; lines behind
// it, if any, say what to do.

// InterfaceError says that there is no interface of that name.
type InterfaceError struct {
	Name string   // empty when none was named
	Have []string // those that exist
}

func (e *InterfaceError) Error() string {
	have := strings.Join(e.candidates(), ", ")
	if e.Name == "" {
		return "no interface named\nthere are: " + have
	}
	if near := nearest(e.Name, e.candidates()); near != "" {
		return fmt.Sprintf("no interface named %q\ndid you mean %s?\nthere are: %s", e.Name, near, have)
	}
	return fmt.Sprintf("no interface named %q\nthere are: %s", e.Name, have)
}

// candidates are the names that can be opened.
func (e *InterfaceError) candidates() []string {
	return append(slices.Clone(e.Have), "any")
}

// PermissionError says that this process may not capture.
type PermissionError struct {
	Interface string
	Program   string // its path, for setcap
}

func (e *PermissionError) Error() string {
	return fmt.Sprintf("no permission to open %s\nrun as root, or grant what it needs: sudo setcap cap_net_raw+ep %s", e.Interface, e.Program)
}

// DownError says that the interface exists and is not up.
type DownError struct{ Interface string }

func (e *DownError) Error() string {
	return fmt.Sprintf("%s is down\nbring it up: sudo ip link set %s up", e.Interface, e.Interface)
}

// FilterError says that libpcap does not understand a filter.
type FilterError struct{ Filter, Reason string }

func (e *FilterError) Error() string {
	return fmt.Sprintf("filter %q: %s\n`man pcap-filter` explains the language", e.Filter, e.Reason)
}

// activationError finds the plain reason why libpcap did not open a device. By
// its order of checks it may name another one: no permission for an interface
// that does not exist.
func activationError(name string, err error, detail string) error {
	have := interfaces()
	exists := name == "any"
	for _, h := range have {
		exists = exists || h == name
	}
	// gopacket has no exported names for these.
	switch text := err.Error(); {
	case !exists && text == "No Such Device", !exists && text == "Permission Denied":
		return &InterfaceError{Name: name, Have: have}
	case text == "Permission Denied", text == "unknown activated error: -11": // -11: promiscuity denied
		program, err := os.Executable()
		if err != nil {
			program = "hookhound"
		}
		return &PermissionError{Interface: name, Program: program}
	case text == "Interface Not Up":
		return &DownError{Interface: name}
	}
	if detail == "" {
		detail = err.Error()
	}
	return fmt.Errorf("%s: cannot capture: %s", name, detail)
}

// interfaces lists the names of the network interfaces.
func interfaces() []string {
	cards, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var names []string
	for _, c := range cards {
		names = append(names, c.Name)
	}
	return names
}

// nearest returns the name most like the wanted one, if any is like it at all.
func nearest(want string, have []string) string {
	best, least := "", len(want)/2+1
	for _, name := range have {
		if d := levenshtein.ComputeDistance(strings.ToLower(want), strings.ToLower(name)); d < least {
			best, least = name, d
		}
	}
	return best
}
