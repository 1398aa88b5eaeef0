package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// release is the version of a release build, set by the linker
// (-ldflags "-X main.release=v1.2.3").
var release string

func (p *program) versionCommand() command {
	fs := newFlags("version")
	return command{
		name:  "version",
		short: "print the version",
		about: "Prints the version of this program, on one line.",
		flags: fs,
		run: func(_ context.Context, args []string) error {
			if _, err := parse(fs, args); err != nil {
				return err
			}
			_, err := fmt.Fprintln(p.stdout, "mockserver", version())
			return err
		},
	}
}

// version is the release, or what the build knows of itself.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	switch {
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	case revision != "":
		return "devel-" + revision + dirty
	default:
		return "devel"
	}
}
