package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// source is one input before it is opened.
type source struct {
	name string
	info fs.FileInfo // nil for standard input
	dir  *directory  // that held it; nil where the user named it
}

// directory is one that the user named.
type directory struct {
	path    string
	foreign int  // files that are no captures
	useful  bool // holds a capture, or a file with a problem that was told
}

// nothing says that there is no capture in it.
func (d *directory) nothing() error {
	others := ""
	switch d.foreign {
	case 0:
	case 1:
		others = " (1 other file)"
	default:
		others = fmt.Sprintf(" (%d other files)", d.foreign)
	}
	return fmt.Errorf("%s: no capture file in this directory%s\nname a directory with pcap or pcapng files", d.path, others)
}

// regular tells whether the source can be opened twice and has a length.
func (s source) regular() bool { return s.info != nil && s.info.Mode().IsRegular() }

// expand replaces directories by the files inside them, in lexical order and
// with their subdirectories. Hidden files and directories, and what is no
// regular file, are left out. Symbolic links to files are followed, those to
// directories are not, so that no link can lead round in a circle. What does
// not exist, or cannot be listed, is a problem, no end.
func expand(paths []string) (out []source, dirs []*directory, problems []Problem, err error) {
	stdin := false
	for _, path := range paths {
		if path == "-" {
			if stdin {
				return nil, nil, nil, ErrStdinTwice
			}
			stdin = true
			out = append(out, source{name: "-"})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			problems = append(problems, Problem{File: path, Err: readError(path, err)})
			continue
		}
		if !info.IsDir() {
			out = append(out, source{path, info, nil})
			continue
		}
		dir := &directory{path: path}
		dirs = append(dirs, dir)
		root := path + string(filepath.Separator) // also where path is a link
		err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				problems = append(problems, Problem{File: p, Err: readError(p, err)})
				dir.useful = true
				return nil
			}
			switch hidden := p != root && strings.HasPrefix(d.Name(), "."); {
			case hidden && d.IsDir():
				return filepath.SkipDir
			case hidden, d.IsDir():
				return nil
			}
			info, err := os.Stat(p)
			if err != nil || !info.Mode().IsRegular() {
				return nil // a dangling link, a socket, a pipe that nobody writes to
			}
			if len(out) == maxFiles {
				return fmt.Errorf("%s: more than %d files\nname a directory that holds only captures", path, maxFiles)
			}
			out = append(out, source{p, info, dir})
			return nil
		})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	return out, dirs, problems, nil
}

// readError words what the system says about a file.
func readError(name string, err error) error {
	if name == "" {
		name = `""`
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w\ncheck the name", name, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w\nrun as a user who may read it", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
