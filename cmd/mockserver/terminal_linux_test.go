package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// terminal opens a pseudo-terminal of a width: what is written to the second
// file is read from the first.
func terminal(t *testing.T, columns uint16) (reader, tty *os.File) {
	t.Helper()
	reader, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	control := func(request uintptr, value unsafe.Pointer) {
		raw, err := reader.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var errno syscall.Errno
		if err := raw.Control(func(fd uintptr) { _, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(value)) }); err != nil || errno != 0 {
			t.Fatal(err, errno)
		}
	}
	var unlock, number uint32
	size := [4]uint16{24, columns}
	control(syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	control(syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return reader, tty
}

// onTerminal runs a command on a terminal and returns what it showed.
func onTerminal(t *testing.T, columns uint16, args ...string) string {
	t.Helper()
	reader, tty := terminal(t, columns)
	cmd := mockserver(args...)
	cmd.Stdout, cmd.Stderr = tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = tty.Close()
	shown, _ := io.ReadAll(reader) // the end of a terminal is an I/O error
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, shown)
	}
	return strings.ReplaceAll(string(shown), "\r\n", "\n")
}

// On a terminal a bar says how far the work is, and is gone at its end.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "org")
	for _, tc := range []struct {
		args  []string
		doing string
		then  string
	}{
		{[]string{"fixtures", "generate", "--identities=2000", dir}, "making identities", "Made 2000 identities"},
		{[]string{"fixtures", "validate", dir}, "reading", "The fixtures in "},
		{[]string{"mine", "--fixtures", dir}, "reading", "Acme Mutual: "},
	} {
		shown := onTerminal(t, 100, tc.args...)
		bar, rest, ok := strings.Cut(shown, tc.then)
		if !ok || !strings.Contains(bar, tc.doing) || !strings.Contains(bar, "% |") {
			t.Errorf("%v shows %q, want a bar that says %q, and then %q", tc.args, shown, tc.doing, tc.then)
		}
		if strings.Contains(bar, "\n") || !strings.HasSuffix(bar, "\r") || strings.Contains(rest, "\r") {
			t.Errorf("%v: the bar is not gone before the result: %q", tc.args, shown)
		}
		for line := range strings.Lines(rest) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 100 && strings.HasPrefix(line, "Potential Role") {
				t.Errorf("%v: a line of %d characters on a terminal of 100: %q", tc.args, n, line)
			}
		}
	}
}
