//go:build unix

package main

import (
	"os"
	"syscall"
)

// lock takes a folder for this process until the file is closed or the process
// ends, however it ends; an error where another process has it.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
