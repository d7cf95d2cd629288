package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hookhound/hookhound/pkg/config"
)

// flagError words what pflag says about a command line, for people.
func flagError(cmd *cobra.Command, err error) error {
	hint := fmt.Sprintf("see `%s --help`", cmd.CommandPath())
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var value *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		name := unknown.GetSpecifiedName()
		if near := config.Nearest(name, names); near != "" {
			hint = fmt.Sprintf("did you mean --%s?", near)
		}
		err = fmt.Errorf("%s has no flag --%s", cmd.CommandPath(), name)
	case errors.As(err, &unknown):
		err = fmt.Errorf("%s has no flag -%s", cmd.CommandPath(), unknown.GetSpecifiedName())
	case errors.As(err, &missing):
		err = fmt.Errorf("flag --%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &value):
		f := value.GetFlag()
		err = fmt.Errorf("flag --%s: must be %s, not %q", f.Name, kindOf(f), value.GetValue())
	}
	return usageError{fmt.Errorf("%w\n%s", err, hint)}
}

// kindOf tells what a flag's value looks like.
func kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "a whole number"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "duration":
		return "a duration such as 30s or 2m"
	}
	return "a " + f.Value.Type()
}
