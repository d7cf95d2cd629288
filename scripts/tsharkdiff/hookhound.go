package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// observation is what is compared of a line of `replay --observations`.
type observation struct {
	Source, Destination struct {
		IP   string
		Port uint16
	}
	TLS struct {
		Client struct {
			ServerName string `json:"server_name"`
			JA3        string
		}
		Server struct{ JA3S string }
	}
	HTTP struct {
		Request struct{ Method string }
	}
	URL struct {
		Domain, Original string
		Port             uint16
	}
	DNS struct {
		Question struct{ Name, Type string }
		Answers  []struct{ Type, Data string }
	}
	Hookhound struct{ Observation string }
}

// hookhound reads a file with hookhound.
func hookhound(program, file string) ([]row, error) {
	c := exec.Command(program, "replay", "--observations", "--privacy", "full", file)
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.Output()
	var exit *exec.ExitError
	// A file that is cut off ends with status 1, and its frames are read.
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("hookhound: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	var rows []row
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var o observation
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return nil, fmt.Errorf("hookhound: %w", err)
		}
		rows = append(rows, o.rows()...)
	}
	return rows, lines.Err()
}

func (o *observation) rows() (rows []row) {
	client := end(o.Source.IP, strconv.Itoa(int(o.Source.Port)))
	server := end(o.Destination.IP, strconv.Itoa(int(o.Destination.Port)))
	add := func(kind, value string) {
		if value != "" {
			rows = append(rows, row{kind, client, server, value})
		}
	}
	switch o.Hookhound.Observation {
	case "hello":
		add("tls.sni", strings.ToLower(o.TLS.Client.ServerName))
		add("tls.ja3", o.TLS.Client.JA3)
		add("tls.ja3s", o.TLS.Server.JA3S)
	case "http":
		host := strings.ToLower(o.URL.Domain)
		if o.URL.Port != 0 {
			host += ":" + strconv.Itoa(int(o.URL.Port))
		}
		add("http", strings.Join([]string{o.HTTP.Request.Method, host, o.URL.Original}, " "))
	case "name":
		for _, a := range o.DNS.Answers {
			// tshark keeps the hints of HTTPS and SVCB records apart.
			if a.Type != "CNAME" && o.DNS.Question.Type != "HTTPS" && o.DNS.Question.Type != "SVCB" {
				add("dns", o.DNS.Question.Name+" "+a.Data)
			}
		}
	}
	return rows
}
