package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hookhound/hookhound/pkg/catalog"
	"github.com/hookhound/hookhound/pkg/config"
	"github.com/hookhound/hookhound/rules"
)

func rulesCmd(w world) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Look into the catalogue of services",
		Args:  onlyCommands,
		RunE:  showHelp,
	}
	config.AddFlags(cmd.PersistentFlags(), "rules.dir")
	cmd.AddCommand(rulesListCmd(w), rulesLintCmd(w), rulesExplainCmd(w))
	return cmd
}

// rulesFS is the catalogue in the folder, or else the one that is built in.
func rulesFS(dir string) (fs.FS, error) {
	if dir == "" {
		return rules.FS, nil
	}
	wrong := func(what string) error {
		return usageError{fmt.Errorf("rules: %s: %s\ngive a folder like rules/ in the source, with a folder services in it", dir, what)}
	}
	var path *fs.PathError
	switch info, err := os.Stat(dir); {
	case errors.As(err, &path):
		return nil, wrong(path.Err.Error())
	case !info.IsDir():
		return nil, wrong("not a folder")
	}
	if info, err := os.Stat(filepath.Join(dir, "services")); err != nil || !info.IsDir() {
		return nil, wrong("no folder services in it")
	}
	return os.DirFS(dir), nil
}

// catalog loads the catalogue in force.
func (w *world) catalog(l *config.Loaded) (*catalog.Catalog, error) {
	dir := l.Rules.Dir
	fsys, err := rulesFS(dir)
	if err != nil {
		return nil, err
	}
	c, err := catalog.Load(fsys)
	if err != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "rules: "), "\n")
		return nil, usageError{fmt.Errorf("rules: %s\n`hookhound rules lint %s` lists all that is wrong", filepath.Join(dir, first), dir)}
	}
	return c, nil
}

func rulesListCmd(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "list [CLASS...]",
		Short: "List the services, or those of some classes",
		Example: `  hookhound rules list
  hookhound rules list chat-webhook tunnel`,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := w.settings(cmd)
			if err != nil {
				return err
			}
			c, err := w.catalog(l)
			if err != nil {
				return err
			}
			wanted := map[catalog.Class]bool{}
			for _, a := range args {
				if catalog.Class(a).Meaning() == "" {
					return usageError{fmt.Errorf("there is no class %q\nclasses: %s", a, classes())}
				}
				wanted[catalog.Class(a)] = true
			}
			t := tabwriter.NewWriter(w.stdout, 0, 0, 3, ' ', 0)
			fmt.Fprintln(t, "CLASS\tSERVICE\tWEIGHT\tHOSTS")
			for _, s := range c.Services() {
				if len(wanted) > 0 && !wanted[s.Class] {
					continue
				}
				var hosts []string
				for _, h := range s.Hosts {
					hosts = append(hosts, h.Pattern)
				}
				fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", s.Class, s.ID, s.Weight, strings.Join(hosts, " "))
			}
			return t.Flush()
		},
	}
}

func classes() string {
	var out []string
	for _, c := range catalog.Classes() {
		out = append(out, string(c))
	}
	return strings.Join(out, ", ")
}

func rulesLintCmd(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "lint [DIR]",
		Short: "Check a catalogue",
		Long: `lint prints what is wrong in a catalogue, one line for each finding, and on
standard error what it has looked at. Without findings standard output is empty.`,
		Example: `  hookhound rules lint
  hookhound rules lint /etc/hookhound/rules`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return none(cmd, args[1:])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := w.settings(cmd)
			if err != nil {
				return err
			}
			dir := l.Rules.Dir
			if len(args) == 1 {
				dir = args[0]
			}
			fsys, err := rulesFS(dir)
			if err != nil {
				return err
			}
			problems := catalog.Lint(fsys)
			for _, p := range problems {
				fmt.Fprintln(w.stdout, filepath.Join(dir, p.String()))
			}
			if len(problems) > 0 {
				fmt.Fprintln(w.stderr, count(uint64(len(problems)), "finding"))
				return partialError{}
			}
			c, err := catalog.Load(fsys)
			if err != nil {
				return err
			}
			files := map[string]bool{}
			for _, s := range c.Services() {
				files[s.File] = true
			}
			fmt.Fprintf(w.stderr, "%s in %s: no findings\n", count(uint64(len(c.Services())), "service"), count(uint64(len(files)), "file"))
			return nil
		},
	}
}

func rulesExplainCmd(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "explain HOST|ADDRESS|URL...",
		Short: "Tell what the catalogue knows of a host or a URL",
		Long: `explain tells which service a host name, an address or a URL belongs to, why,
and what it weighs. The secret part of a webhook URL is never printed.`,
		Example: `  hookhound rules explain hooks.slack.com
  hookhound rules explain https://webhook.site/00000000-0000-4000-8000-000000000000`,
		Args: atLeastOne("a host, an address or a URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := w.settings(cmd)
			if err != nil {
				return err
			}
			c, err := w.catalog(l)
			if err != nil {
				return err
			}
			for i, a := range args {
				if i > 0 {
					fmt.Fprintln(w.stdout)
				}
				e, err := c.Explain(a)
				if err != nil {
					// The argument is not repeated: it may hold a secret.
					return usageError{fmt.Errorf("argument %d is no host name, no address and no URL\ngive one such as hooks.slack.com or https://host/path", i+1)}
				}
				if err := w.explain(&e); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// explain prints what is known, one fact a line.
func (w *world) explain(e *catalog.Explanation) error {
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	m := &e.Match
	line("asked", "%s", e.Input)
	line("service", "%s", m.ID)
	if s := m.Service; s != nil {
		line("name", "%s", s.Name)
		line("class", "%s: %s", m.Class, e.Meaning)
		line("weight", "%d of 100", m.Weight)
		line("reason", "%s", s.Reason)
	}
	line("why", "%s", e.Why)
	if m.Tenant != "" {
		line("tenant", "%s", m.Tenant)
	}
	if s := m.Service; s != nil {
		if s.Reference != "" {
			line("reference", "%s", s.Reference)
		}
		line("stands in", "%s:%d", s.File, s.Line)
	}
	for _, o := range e.Others {
		line("see also", "%s (%s)", o.ID, o.Class)
	}
	if len(e.Nearest) > 0 {
		line("looks like", "%s", strings.Join(e.Nearest, ", "))
	}
	return t.Flush()
}
