package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// liveNeeds skips a test where network namespaces cannot be made. Where
// HOOKHOUND_TEST_LIVE is set they can, and not to run is a failure.
func liveNeeds(t *testing.T, programs ...string) {
	t.Helper()
	lacks := t.Skipf
	if os.Getenv("HOOKHOUND_TEST_LIVE") != "" {
		lacks = t.Fatalf
	}
	if os.Geteuid() != 0 {
		lacks("no live test: only root may make network namespaces")
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			lacks("no live test: %s is not installed", p)
		}
	}
	name := fmt.Sprintf("hh-try-%d", os.Getpid())
	out, err := exec.Command("ip", "netns", "add", name).CombinedOutput()
	if err == nil {
		out, err = exec.Command("ip", "netns", "exec", name, "true").CombinedOutput()
		_ = exec.Command("ip", "netns", "del", name).Run()
	}
	if err != nil {
		lacks("no live test: this machine makes no network namespaces: %s", strings.TrimSpace(string(out)))
	}
}

func command(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// network is two hosts, each in a namespace of its own, and a cable.
type network struct {
	client, server         string // the namespaces
	clientAddr, serverAddr string
	card                   string // the server's end of the cable
}

// twoHosts makes them, and removes them with the test.
func twoHosts(t *testing.T) network {
	t.Helper()
	n := network{
		client: fmt.Sprintf("hh-client-%d", os.Getpid()), server: fmt.Sprintf("hh-server-%d", os.Getpid()),
		clientAddr: "10.78.0.15", serverAddr: "10.78.0.80", card: "server0",
	}
	for _, ns := range []string{n.client, n.server} {
		command(t, "ip", "netns", "add", ns)
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
		command(t, "ip", "-n", ns, "link", "set", "lo", "up")
	}
	command(t, "ip", "link", "add", "client0", "netns", n.client, "type", "veth", "peer", "name", n.card, "netns", n.server)
	for _, end := range [][3]string{{n.client, "client0", n.clientAddr}, {n.server, n.card, n.serverAddr}} {
		command(t, "ip", "-n", end[0], "addr", "add", end[2]+"/24", "dev", end[1])
		command(t, "ip", "-n", end[0], "link", "set", end[1], "up")
		// True packet sizes and checksums, as on a mirror port.
		if _, err := exec.LookPath("ethtool"); err == nil {
			command(t, "ip", "netns", "exec", end[0], "ethtool", "-K", end[1], "tso", "off", "gso", "off", "gro", "off", "tx", "off", "rx", "off")
		}
	}
	return n
}

// listenIn opens a listening socket inside a namespace. A socket stays in the
// namespace in which it was made, so only its making needs a thread there.
func listenIn(t *testing.T, namespace, address string) net.Listener {
	t.Helper()
	type result struct {
		l   net.Listener
		err error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this function
		f, err := os.Open("/run/netns/" + namespace)
		if err != nil {
			done <- result{nil, err}
			return
		}
		defer f.Close()
		if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{nil, err}
			return
		}
		l, err := net.Listen("tcp", address)
		done <- result{l, err}
	}()
	r := <-done
	if r.err != nil {
		t.Fatalf("%s in %s: %v", address, namespace, r.err)
	}
	t.Cleanup(func() { r.l.Close() })
	return r.l
}

// reach makes an address of this host reachable under the same address inside
// a namespace, so that a broker's own name for itself is right there too.
func reach(t *testing.T, namespace, address string) {
	t.Helper()
	l := listenIn(t, namespace, address)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", address)
			if err != nil {
				in.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
				go func() {
					_, _ = io.Copy(pair[0], pair[1])
					pair[0].Close()
					pair[1].Close()
				}()
			}
		}
	}()
}
