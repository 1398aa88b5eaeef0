package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// shell is a language in which a variable of the environment is set.
type shell struct {
	name    string
	aliases []string // other shells that understand it
	// set is the line that sets a variable to any text that there can be in the
	// environment, unless the language cannot say it.
	set func(name, value string) (string, error)
}

// shells are those that are known, the first for when nothing tells which.
func shells() []shell {
	return []shell{
		{"bash", []string{"sh", "zsh", "dash", "ash", "ksh", "mksh"}, setPOSIX},
		{"powershell", []string{"pwsh"}, setPowerShell},
		{"fish", nil, setFish},
		{"cmd", nil, setCmd},
	}
}

func shellNames() string {
	var names []string
	for _, s := range shells() {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

// shell is the one of a name or, for "", the one that the environment names.
func (p *program) shell(name string) (shell, error) {
	from := ""
	if name == "" {
		if name = p.ownShell(); name == "" {
			return shells()[0], nil
		}
		from = ", which $SHELL names,"
	}
	all := shells()
	i := slices.IndexFunc(all, func(s shell) bool { return s.name == name || slices.Contains(s.aliases, name) })
	if i < 0 {
		return shell{}, misuse("the shell %q%s is not known: name one with --shell: %s", name, from, shellNames())
	}
	return all[i], nil
}

// ownShell is the shell that the environment names, "" for none. Windows has no
// $SHELL, but PowerShell sets a variable of its own.
func (p *program) ownShell() string {
	if path := p.getenv("SHELL"); path != "" {
		return strings.TrimSuffix(filepath.Base(path), ".exe")
	}
	switch {
	case p.getenv("PSModulePath") != "":
		return "powershell"
	case runtime.GOOS == "windows":
		return "cmd"
	}
	return ""
}

// getenv is a variable of the program's environment, "" for none.
func (p *program) getenv(name string) string {
	for _, entry := range slices.Backward(p.environ) { // the last one counts
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// setPOSIX quotes with single quotes, in which every sign is itself.
func setPOSIX(name, value string) (string, error) {
	return "export " + name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'", nil
}

// setPowerShell quotes with single quotes, of which PowerShell knows five: it
// takes the typographic ones for the same.
func setPowerShell(name, value string) (string, error) {
	var doubled []string
	for _, quote := range []string{"'", "\u2018", "\u2019", "\u201a", "\u201b"} {
		doubled = append(doubled, quote, quote+quote)
	}
	return "$env:" + name + " = '" + strings.NewReplacer(doubled...).Replace(value) + "'", nil
}

// setFish quotes with single quotes, in which a backslash escapes those and
// itself.
func setFish(name, value string) (string, error) {
	return "set -gx " + name + " '" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(value) + "'", nil
}

// setCmd writes a line of a batch file. It ends where the value has a line break,
// which it therefore cannot have.
func setCmd(name, value string) (string, error) {
	if strings.ContainsAny(value, "\r\n") {
		return "", fmt.Errorf("%s has a line break, which cmd cannot set", name)
	}
	return `set "` + name + "=" + strings.ReplaceAll(value, "%", "%%") + `"`, nil
}
