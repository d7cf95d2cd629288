package main

import (
	"github.com/spf13/cobra"

	"github.com/hookhound/hookhound/pkg/config"
)

func configCmd(w world) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the settings in force and where each comes from",
		Long: `config prints every setting as YAML that can be used as a settings file, with
the origin of its value behind it: a flag beats the environment, which beats the
file, which beats the default.`,
		Example: `  hookhound config
  hookhound config > hookhound.yaml
  HOOKHOUND_KAFKA_BROKERS=broker:9092 hookhound config --config hookhound.yaml`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := w.settings(cmd)
			if err != nil {
				return err
			}
			return l.Print(w.stdout)
		},
	}
	config.AddFlags(cmd.Flags(), append(sensorSettings(), captureSettings()...)...)
	return cmd
}

// sensorSettings are the settings with flags that replay and run share.
func sensorSettings() []string {
	return []string{
		"site", "home_networks", "workers", "rules.dir", "detect.threshold", "detect.hunt_entries",
		"privacy.level", "privacy.exclude", "capture.filter",
		"kafka.brokers", "kafka.topic", "kafka.drain_timeout", "kafka.dead_letter",
	}
}

// captureSettings are those that only a live capture has.
func captureSettings() []string {
	return []string{"capture.interface", "capture.snaplen", "capture.ring_mib", "capture.promiscuous"}
}
