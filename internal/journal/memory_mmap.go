//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package journal

import "syscall"

// reserve takes memory beside the heap, where the garbage collector would keep as
// much again in reserve: the bound would be the half of what the process takes.
func reserve(size int) []byte {
	memory, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]byte, size)
	}
	return memory
}

// release gives back what reserve took. Memory of the heap is not mapped: that it
// cannot be unmapped is no fault, and the collector sees to it.
func release(memory []byte) { _ = syscall.Munmap(memory) }
