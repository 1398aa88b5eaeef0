package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// executable writes an ELF file of nothing but headers.
func executable(t *testing.T, machine elf.Machine, kind elf.Type, segment elf.ProgType) string {
	t.Helper()
	header := elf.Header64{
		Ident:   [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:    uint16(kind),
		Machine: uint16(machine),
		Version: uint32(elf.EV_CURRENT),
		Phoff:   64, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64,
	}
	var content bytes.Buffer
	for _, part := range []any{header, elf.Prog64{Type: uint32(segment)}} {
		if err := binary.Write(&content, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "binary")
	if err := os.WriteFile(file, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, platform string
		machine        elf.Machine
		kind           elf.Type
		segment        elf.ProgType
		want           string // in the error, or "" for none
	}{
		{"amd64", "linux/amd64", elf.EM_X86_64, elf.ET_EXEC, elf.PT_LOAD, ""},
		{"arm64", "linux/arm64", elf.EM_AARCH64, elf.ET_EXEC, elf.PT_LOAD, ""},
		{"another machine", "linux/arm64", elf.EM_X86_64, elf.ET_EXEC, elf.PT_LOAD, "for EM_X86_64, not for EM_AARCH64"},
		{"a library", "linux/amd64", elf.EM_X86_64, elf.ET_DYN, elf.PT_LOAD, "no 64-bit executable"},
		{"dynamic", "linux/amd64", elf.EM_X86_64, elf.ET_EXEC, elf.PT_INTERP, "not static"},
		{"another platform", "linux/s390x", elf.EM_S390, elf.ET_EXEC, elf.PT_LOAD, "not known"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := check(tc.platform, executable(t, tc.machine, tc.kind, tc.segment))
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	if err := check("linux/amd64", "main.go"); err == nil {
		t.Error("a source file was taken")
	}
}
