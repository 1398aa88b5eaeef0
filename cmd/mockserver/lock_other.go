//go:build !unix

package main

import (
	"errors"
	"os"
)

// lock is not there: whether another process works in a folder cannot be told,
// and so none is removed.
func lock(*os.File) error { return errors.ErrUnsupported }
