package kafkasink

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/segmentio/kafka-go"
)

// letters keeps the messages that will not be delivered: in a file, one JSON
// line each, or else by their ids in a line for people.
type letters struct {
	path string
	say  func(string)
	said int // times
}

// Limits of what is said: a topic that refuses everything must not flood the
// log, and a line of ids must stay one that can be read.
const (
	maxLetters = 20
	maxIDs     = 10
)

func (l *letters) keep(list []kafka.Message, why string) {
	kept, place := false, ""
	if l.path != "" {
		switch err := appendLines(l.path, list); err {
		case nil:
			kept, place = true, "; kept in "+l.path
		default:
			place = fmt.Sprintf(", and NOT kept in %s: %v", l.path, cause(err))
		}
	}
	if l.said++; l.said > maxLetters {
		return
	}
	what := "1 detection was"
	if len(list) > 1 {
		what = fmt.Sprintf("%d detections were", len(list))
	}
	line := fmt.Sprintf("%s not delivered (%s)%s", what, why, place)
	if !kept {
		line += ": event.id " + ids(list)
	}
	if l.said == maxLetters {
		line += "; further ones are only counted"
	}
	l.say(line)
}

func ids(list []kafka.Message) string {
	var names []string
	for _, m := range list[:min(len(list), maxIDs)] {
		for _, h := range m.Headers {
			if h.Key == headerID {
				names = append(names, string(h.Value))
			}
		}
	}
	text := strings.Join(names, ", ")
	if more := len(list) - maxIDs; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func appendLines(path string, list []kafka.Message) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, m := range list {
		lines.Write(m.Value)
		lines.WriteByte('\n')
	}
	_, err = f.Write(lines.Bytes())
	return errors.Join(err, f.Sync(), f.Close())
}

// writable tells in time that letters could not be kept: before there are any.
// It leaves an empty file where there was none.
func writable(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("kafka: dead letter file %s: %v\nname a file that can be written, in a folder that exists", path, cause(err))
	}
	return f.Close()
}

// cause leaves out the path, which is said already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
