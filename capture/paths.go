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
	name  string
	info  fs.FileInfo // nil for standard input
	named bool        // the user named it; false for what a directory held
}

// regular tells whether the source can be opened twice and has a length.
func (s source) regular() bool { return s.info != nil && s.info.Mode().IsRegular() }

// expand replaces directories by the files inside them, in lexical order and
// with their subdirectories. Hidden files and directories, and what is no
// regular file, are left out. Symbolic links to files are followed, those to
// directories are not, so that no link can lead round in a circle. What cannot
// be listed below a directory is a problem, no end.
func expand(paths []string) (out []source, problems []Problem, err error) {
	stdin := false
	for _, path := range paths {
		if path == "-" {
			if stdin {
				return nil, nil, errors.New("standard input (-) is named twice; it can be read once")
			}
			stdin = true
			out = append(out, source{name: "-", named: true})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, nil, readError(path, err)
		}
		if !info.IsDir() {
			out = append(out, source{path, info, true})
			continue
		}
		root := path + string(filepath.Separator) // also where path is a link
		err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				problems = append(problems, Problem{File: p, Err: readError(p, err)})
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
				return fmt.Errorf("%s: more than %d files; name a directory that holds only captures", path, maxFiles)
			}
			out = append(out, source{p, info, false})
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return out, problems, nil
}

// readError words what the system says about a file.
func readError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w; check the name", name, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: %w; run as a user who may read it", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
