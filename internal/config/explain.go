package config

import (
	"flag"
	"fmt"
	"strings"

	"mockserver/internal/spelling"
)

// Explain makes the words of Load and of package flag on a mistake in arguments
// helpful: flags are written as the help does, and an unknown one is told with what
// was probably meant. command is the name of what was called, and flags are those
// that it has, nil for none.
func Explain(err error, command string, flags *flag.FlagSet) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return plainly(err)
	}
	var known []string
	if flags != nil {
		flags.VisitAll(func(f *flag.Flag) { known = append(known, "--"+f.Name) })
	}
	name = "--" + strings.TrimLeft(name, "-")
	if flag, value, two := strings.Cut(name, " "); two {
		return fmt.Errorf("unknown flag %q: a flag and its value are two arguments, %q and %q, or one with a sign of equality, %q",
			name, flag, value, flag+"="+value)
	}
	if len(known) == 0 {
		return fmt.Errorf("unknown flag %s: %s has no flags", name, command)
	}
	text := fmt.Sprintf("unknown flag %s: ", name)
	if near, ok := spelling.Meant(known, name); ok {
		text = fmt.Sprintf("unknown flag %s, did you mean %s? ", name, near)
	}
	return fmt.Errorf("%s%s has %s", text, command, spelling.Some(spelling.Nearest(known, name)))
}

// plainly words the flag package's other complaints as the help writes flags.
func plainly(err error) error {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return fmt.Errorf("--%s needs a value", strings.TrimLeft(name, "-"))
	}
	if wrong, ok := strings.CutPrefix(text, `invalid boolean value `); ok {
		value, name, _ := strings.Cut(strings.TrimSuffix(wrong, ": parse error"), " for -")
		return fmt.Errorf("invalid value %s for --%s: must be true or false", value, name)
	}
	if wrong, ok := strings.CutPrefix(text, `invalid value "" for flag -`); ok {
		name, rule, _ := strings.Cut(wrong, ": ")
		return fmt.Errorf("--%s %s", name, rule)
	}
	if before, after, ok := strings.Cut(text, " for flag -"); ok && strings.HasPrefix(before, "invalid value ") {
		return fmt.Errorf("%s for --%s", before, after)
	}
	return err
}
