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
		Version:       versionOf(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          onlyCommands,
		RunE:          showHelp,
	}
	cmd.PersistentFlags().String("config", "", "settings file (default: /etc/hookhound/hookhound.yaml if it exists)")
	cmd.SetVersionTemplate(versionLine())
	cmd.SetFlagErrorFunc(flagError)
	cmd.AddCommand(replayCmd(w), runCmd(w), rulesCmd(w), configCmd(w), versionCmd(w))
	cmd.SetHelpCommand(helpCmd())
	cmd.InitDefaultCompletionCmd()
	completion, _, _ := cmd.Find([]string{"completion"})
	completion.Args, completion.RunE = onlyCommands, showHelp
	for _, shell := range completion.Commands() {
		shell.Args = none
	}
	return cmd
}

// helpCmd is cobra's, but for a command that does not exist.
func helpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command",
		Example: `  hookhound help replay
  hookhound help rules explain`,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil:
				return usageError{err}
			case len(rest) > 0:
				return unknownCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

// showHelp is what a command does that only holds others.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// onlyCommands refuses arguments of a command that only holds others.
func onlyCommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unknownCommand(cmd, args[0])
}

// unknownCommand names the commands that look like a mistyped one.
func unknownCommand(cmd *cobra.Command, name string) error {
	cmd.SuggestionsMinimumDistance = 2 // cobra sets it only when it complains itself
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
