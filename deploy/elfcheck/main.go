// Command elfcheck checks that a file is a static executable of Linux for the
// platform that is named, whatever the platform it runs on:
//
//	elfcheck linux/arm64 FILE
package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "elfcheck: name a platform and a file")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "elfcheck: %s: %v\n", os.Args[2], err)
		os.Exit(1)
	}
}

// check says what keeps a file from being a static executable for a platform.
func check(platform, file string) error {
	machines := map[string]elf.Machine{"linux/amd64": elf.EM_X86_64, "linux/arm64": elf.EM_AARCH64}
	want, ok := machines[platform]
	if !ok {
		return fmt.Errorf("platform %s is not known: linux/amd64 and linux/arm64 are", platform)
	}
	executable, err := elf.Open(file)
	if err != nil {
		return err
	}
	defer executable.Close() //nolint:errcheck // nothing was written to it
	if executable.Machine != want {
		return fmt.Errorf("it is for %s, not for %s as %s needs", executable.Machine, want, platform)
	}
	if executable.Class != elf.ELFCLASS64 || executable.Data != elf.ELFDATA2LSB || executable.Type != elf.ET_EXEC {
		return fmt.Errorf("it is no 64-bit executable: %s, %s, %s", executable.Class, executable.Data, executable.Type)
	}
	for _, program := range executable.Progs {
		if program.Type == elf.PT_INTERP {
			return errors.New("it is not static: it names a dynamic linker, which the image does not have")
		}
	}
	return nil
}
