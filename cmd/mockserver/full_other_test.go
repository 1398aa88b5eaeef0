//go:build !linux

package main

// ofSystem are the test binary's own commands on this system.
func ofSystem() map[string]func() { return nil }
