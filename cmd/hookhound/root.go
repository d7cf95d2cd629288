package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func rootCmd(w world) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hookhound",
		Short: "Find hosts that beacon to webhook services",
		Long: `hookhound rebuilds TCP streams from a mirror port or from capture files, reads
who calls which service with which TLS client, and reports hosts that call
webhook services (Discord, Slack, webhook.site, ngrok and their like) in a
rhythm. It only listens.`,
		Example: `  hookhound replay capture.pcapng
  hookhound replay --format table incident/
  sudo hookhound run -i eth1 --kafka broker:9092 --topic hookhound.detections`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().String("config", "", "settings file (default: /etc/hookhound/hookhound.yaml if it exists)")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w\nsee `%s --help`", err, cmd.CommandPath())}
	})
	cmd.AddCommand(replayCmd(w), runCmd(w), rulesCmd(w), configCmd(w), versionCmd(w))
	return cmd
}

// unknownCommand names the commands that look like a mistyped one.
func unknownCommand(cmd *cobra.Command, name string) error {
	hint := fmt.Sprintf("`%s --help` lists the commands", cmd.CommandPath())
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usageError{fmt.Errorf("there is no command %q\n%s", name, hint)}
}

// atLeastOne refuses a command line without arguments, and says what is
// missing.
func atLeastOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return nil
		}
		return usageError{fmt.Errorf("%s is missing\nusage: %s", what, cmd.UseLine())}
	}
}

// none refuses arguments.
func none(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("%q is one argument too many\nusage: %s", args[0], cmd.UseLine())}
}
