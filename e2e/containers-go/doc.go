// Package containers shows mockserver in tests that run it in a container of
// their own, by Testcontainers: copy what the tests do.
package containers
