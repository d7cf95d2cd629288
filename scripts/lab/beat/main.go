// Command beat posts a short message to a URL in a rhythm, with Go's HTTP
// client and one kept connection.
//
//	beat URL COUNT PERIOD
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "beat:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: beat URL COUNT PERIOD")
	}
	url := args[0]
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	period, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	ticks := time.NewTicker(period)
	defer ticks.Stop()
	for n := range count {
		body := fmt.Sprintf(`{"host":"build-7","beat":%d,"data":%q}`, n, strings.Repeat("x", 150))
		answer, err := http.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			return err
		}
		io.Copy(io.Discard, answer.Body) // to the end, or the connection is not kept
		answer.Body.Close()
		<-ticks.C
	}
	return nil
}
