package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/hookhound/hookhound/pkg/event"
)

// version is set by the release build (-ldflags -X); otherwise the module's
// own, as Go recorded it.
var version string

func versionOf() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func versionLine() string {
	return fmt.Sprintf("hookhound %s (%s %s/%s), schema %d, ECS %s\n",
		versionOf(), runtime.Version(), runtime.GOOS, runtime.GOARCH, event.SchemaVersion, event.ECSVersion)
}

func versionCmd(w world) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  hookhound version",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(w.stdout, versionLine())
			return err
		},
	}
}
