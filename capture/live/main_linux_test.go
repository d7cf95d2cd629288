package live

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hookhound/hookhound/capture"
)

// insideEnv marks the run of these tests inside a network namespace of their
// own. It says whether the tests' root is the system's ("root") or only that
// of a user namespace ("user").
const insideEnv = "HOOKHOUND_TEST_NETNS"

// TestMain runs the tests again inside a new network namespace, where they may
// make and break interfaces and no other traffic disturbs them.
func TestMain(m *testing.M) {
	if os.Getenv(insideEnv) != "" {
		os.Exit(m.Run())
	}
	args, inside := []string{"--net"}, "root"
	if os.Geteuid() != 0 {
		inside = "user"
		args = append(args, "--map-root-user")
	}
	if err := exec.Command("unshare", append(args, "ip", "link", "set", "lo", "up")...).Run(); err != nil {
		fmt.Fprintln(os.Stderr, "live capture is not tested: it takes root (or user namespaces) and the commands unshare and ip:", err)
		os.Exit(m.Run())
	}
	cmd := exec.Command("unshare", append(append(args, os.Args[0]), os.Args[1:]...)...)
	cmd.Env = append(os.Environ(), insideEnv+"="+inside)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil {
		os.Exit(1)
	}
}

func run(t testing.TB, command ...string) string {
	t.Helper()
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(command, " "), err, out)
	}
	return string(out)
}

// etherType marks the frames of these tests: the number for local experiments.
const etherType = 0x88b5

const onlyOurs = "ether proto 0x88b5"

// pair makes two interfaces joined by a cable; what is sent on one arrives at
// the other.
func pair(t testing.TB) (out *sender, in string) {
	t.Helper()
	if os.Getenv(insideEnv) == "" {
		t.Skip("no network namespace to make interfaces in")
	}
	run(t, "ip", "link", "add", "hhout", "type", "veth", "peer", "name", "hhin")
	t.Cleanup(func() { exec.Command("ip", "link", "del", "hhout").Run() })
	for _, end := range []string{"hhout", "hhin"} { // no IPv6 of their own: it would send
		run(t, "ip", "link", "set", end, "addrgenmode", "none")
	}
	run(t, "ip", "link", "set", "hhout", "up")
	run(t, "ip", "link", "set", "hhin", "up")
	waitUp(t)
	return openSender(t, "hhout"), "hhin"
}

// waitUp waits until both ends carry frames. The kernel says "up" to a command
// before it has started the queues, and loses in silence what is sent then.
func waitUp(t testing.TB) {
	t.Helper()
	for asked := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		if strings.Count(run(t, "ip", "-o", "link", "show", "type", "veth", "up"), "state UP") == 2 {
			return
		}
		if time.Since(asked) > 10*time.Second {
			t.Fatal("the interfaces do not come up")
		}
	}
}

// sender puts numbered frames on an interface.
type sender struct {
	fd   int
	to   syscall.SockaddrLinklayer
	next uint64
	buf  [128]byte
}

func openSender(t testing.TB, name string) *sender {
	t.Helper()
	card, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	s := &sender{fd: fd, to: syscall.SockaddrLinklayer{Ifindex: card.Index, Halen: 6}}
	// To a stranger's address: only a promiscuous card hears it.
	copy(s.buf[:], []byte{0x02, 0, 0, 0, 0, 0x77, 0x02, 0, 0, 0, 0, 1})
	binary.BigEndian.PutUint16(s.buf[12:], etherType)
	return s
}

// send sends n frames of 128 bytes; the number of each follows the header.
func (s *sender) send(t testing.TB, n int) {
	for range n {
		binary.BigEndian.PutUint64(s.buf[14:], s.next)
		err := syscall.Sendto(s.fd, s.buf[:], 0, &s.to)
		for err == syscall.ENOBUFS {
			time.Sleep(time.Millisecond)
			err = syscall.Sendto(s.fd, s.buf[:], 0, &s.to)
		}
		if err != nil {
			t.Error("send:", err)
			return
		}
		s.next++
	}
}

// numberOf reads what send wrote.
func numberOf(f *capture.Frame, header int) uint64 {
	return binary.BigEndian.Uint64(f.Bytes[header:])
}

func open(t testing.TB, conf Config) *Source {
	t.Helper()
	s, err := Open(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
