// Command server answers HTTPS as Discord, Slack, webhook.site and a few
// ordinary sites do, for the lab's clients, and logs each request without its
// secrets. It is meant for a network namespace of its own.
//
//	server ca DIR NAME...   make a certificate authority and a certificate a name
//	server serve DIR LOGS   listen on port 443; logs in LOGS
package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lab server:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) >= 3 && args[0] == "ca":
		return makeCA(args[1], args[2:])
	case len(args) == 3 && args[0] == "serve":
		return serve(args[1], args[2])
	}
	return errors.New("usage: server ca DIR NAME [NAME] | server serve DIR LOGS")
}

func serve(dir, logs string) error {
	certs, err := loadCertificates(dir)
	if err != nil {
		return err
	}
	j, err := openJournal(logs)
	if err != nil {
		return err
	}
	s := &http.Server{
		Handler:     j.record(http.HandlerFunc(answer)),
		TLSConfig:   &tls.Config{Certificates: certs, MinVersion: tls.VersionTLS12},
		IdleTimeout: 75 * time.Second, // what common front ends keep
		ConnState: func(c net.Conn, state http.ConnState) {
			if state == http.StateNew {
				j.connection(c.RemoteAddr().String())
			}
		},
		ErrorLog: log.New(io.Discard, "", 0), // speculative connections end without a request
	}
	l, err := net.Listen("tcp", ":443")
	if err != nil {
		return err
	}
	// The driver waits for this file before it starts the first client.
	if err := os.WriteFile(filepath.Join(logs, "ready"), nil, 0o644); err != nil {
		return err
	}
	return s.ServeTLS(l, "", "")
}
