// Package gosdk drives the built mockserver with the official Go SDK
// (github.com/sailpoint-oss/golang-sdk/v2): all 25 operations through the typed
// methods of every version that the SDK knows. It is a module of its own, so
// that nobody else compiles the SDK, which takes minutes.
//
// The tests are written for v2024, in the files v2024*_test.go. The SDK's other
// versions have types of their own that differ in little more than their
// package; the tests for those are generated out of the ones for v2024.
package gosdk

//go:generate go run ./generate
