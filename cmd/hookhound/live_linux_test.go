package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestLive is the whole way, in wall clock time: curl posts every three seconds
// from one host to a server on another that is named discord.com, the program
// listens at the server, and what it found is read back from Kafka.
//
// The broker is kfake, or the real one whose address HOOKHOUND_TEST_KAFKA
// holds; it must listen on this host's loopback.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("no live test: it takes half a minute")
	}
	liveNeeds(t, "ip", "curl")
	program := build(t)
	hosts := twoHosts(t)
	topic := fmt.Sprintf("hookhound.live.%d", os.Getpid())
	brokers := liveBroker(t, topic)
	for _, b := range strings.Split(brokers, ",") {
		reach(t, hosts.server, b)
	}
	authority, served := discord(t, listenIn(t, hosts.server, hosts.serverAddr+":443"))

	sensor := start(t, nil, "ip", "netns", "exec", hosts.server, program, "run", "-i", hosts.card,
		"--filter", "tcp port 443", "--ring", "8", "--kafka", brokers, "--topic", topic)
	sensor.says(t, "listening on "+hosts.card)

	const period = 3 * time.Second
	tick := time.NewTicker(period)
	defer tick.Stop()
	beats := 0
	for ; beats < 8 || sensor.stdout.String() == "" && beats < 14; beats++ {
		if beats > 0 {
			<-tick.C
		}
		curl := exec.Command("ip", "netns", "exec", hosts.client, "curl", "-sS", "--fail", "--max-time", "5",
			"--cacert", authority, "--resolve", "discord.com:443:"+hosts.serverAddr,
			"-H", "Content-Type: application/json", "-d", fmt.Sprintf(`{"content":"beat %04d of a test"}`, beats),
			"https://discord.com/api/webhooks/1094887766554433221/"+strings.Repeat("a1", 34))
		curl.Env = []string{"PATH=" + os.Getenv("PATH")} // no proxy
		if out, err := curl.CombinedOutput(); err != nil {
			t.Fatalf("curl: %v: %s", err, out)
		}
	}
	if int(served.Load()) != beats {
		t.Fatalf("the server answered %d of %d calls", served.Load(), beats)
	}

	// A detection arrives while the sensor runs.
	for _, m := range readTopic(t, strings.Split(brokers, ",")[0], topic, 1, 10*time.Second) {
		checkLive(t, checkMessage(t, m), hosts, beats)
	}

	if code := sensor.stop(t, os.Interrupt); code != statusOK {
		t.Errorf("exit status %d, want 0", code)
	}
	lines := strings.Split(strings.TrimSuffix(sensor.stdout.String(), "\n"), "\n")
	messages := readTopic(t, strings.Split(brokers, ",")[0], topic, len(lines), 10*time.Second)
	if len(messages) != len(lines) {
		t.Fatalf("%d messages, %d lines on standard output", len(messages), len(lines))
	}
	// All are of one client, so they stand in one partition, in order.
	for i, m := range messages {
		d, printed := checkMessage(t, m), objects(t, lines[i]+"\n")[0]
		checkLive(t, d, hosts, beats)
		if d.text("event.id") != printed.text("event.id") || d.text("message") != printed.text("message") {
			t.Errorf("message %d: %s\nline: %s", i, m.Value, lines[i])
		}
	}
	last := objects(t, lines[len(lines)-1]+"\n")[0]
	if got := last.number("hookhound.beacon.count"); got != float64(beats) {
		t.Errorf("at the end %v beats, want %d", got, beats)
	}
	errs := sensor.stderr.String()
	for _, want := range []string{
		fmt.Sprintf("\nfound         %d flows, %d hellos, %d exchanges, 1 pair\n", beats, beats, beats),
		fmt.Sprintf("\nreported      %s, 0 hunt entries\n", count(uint64(len(lines)), "detection")),
		fmt.Sprintf("\ndelivered     %s to %s\n", count(uint64(len(lines)), "detection"), topic),
	} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in\n%s", want, errs)
		}
	}
	if strings.Contains(errs, "error") || strings.Contains(errs, "lost") || strings.Contains(errs, "dropped") {
		t.Errorf("standard error: %s", errs)
	}
	t.Logf("%d beats, %d detections\n%s", beats, len(lines), errs)
}

// checkLive holds a detection against what was done.
func checkLive(t *testing.T, d object, hosts network, beats int) {
	t.Helper()
	for path, want := range map[string]string{
		"event.kind": "alert", "hookhound.kind": "webhook-beacon", "hookhound.mode": "live",
		"hookhound.pair.service": "discord", "source.ip": hosts.clientAddr, "destination.ip": hosts.serverAddr,
		"destination.domain": "discord.com", "observer.ingress.interface.name": hosts.card,
	} {
		if got := d.text(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := d.number("hookhound.beacon.interval_s"); math.Abs(got-3) > 0.3 {
		t.Errorf("interval %v s, want 3", got)
	}
	if got := int(d.number("hookhound.beacon.count")); got < 5 || got > beats {
		t.Errorf("%d beats, want 5 to %d", got, beats)
	}
	at, err := time.Parse(time.RFC3339Nano, d.text("@timestamp"))
	made, err2 := time.Parse(time.RFC3339Nano, d.text("event.created"))
	if err != nil || err2 != nil || time.Since(at) > 2*time.Minute || made.Before(at) {
		t.Errorf("@timestamp %q, event.created %q", d.text("@timestamp"), d.text("event.created"))
	}
}

// liveBroker gives the addresses of a broker that has the topic.
func liveBroker(t *testing.T, topic string) string {
	t.Helper()
	brokers := os.Getenv("HOOKHOUND_TEST_KAFKA")
	if brokers == "" {
		address, _ := fakeBroker(t, topic)
		return address
	}
	for _, b := range strings.Split(brokers, ",") {
		if host, _, err := net.SplitHostPort(b); err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
			t.Skipf("no live test: the broker %s is not on this host's loopback", b)
		}
	}
	makeTopic(t, strings.Split(brokers, ",")[0], topic)
	return brokers
}

// discord is a server that answers as Discord does. It gives the file of its
// certificate authority, and counts what it has answered.
func discord(t *testing.T, l net.Listener) (authority string, served *atomic.Int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hookhound test"}, DNSNames: []string{"discord.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	authority = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	served = new(atomic.Int64)
	server := &http.Server{
		ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
			NextProtos:   []string{"h2", "http/1.1"},
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("X-Ratelimit-Remaining", "4")
			w.WriteHeader(http.StatusNoContent)
			served.Add(1)
		}),
	}
	go func() { _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { server.Close() })
	return authority, served
}
