package rolemining

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// steps remembers what each step was said to have failed on.
type steps struct {
	nobody
	failed []error
}

// Step implements Observer.
func (s *steps) Step(TaskKind) func(error) {
	return func(err error) { s.failed = append(s.failed, err) }
}

// What a step returns is returned, and told unless the work was overtaken or
// broken off; a step that panics has failed, too.
func TestObserved(t *testing.T) {
	t.Parallel()
	fault := errors.New("the disk is full")
	for _, tc := range []struct{ returned, told error }{
		{nil, nil}, {fault, fault}, {fmt.Errorf("session x: %w", ErrStale), nil}, {ErrNotFound, nil}, {ErrReplaced, nil}, {context.Canceled, nil},
	} {
		seen := &steps{}
		s := &Service{observer: seen}
		if err := s.observed(SessionTask, func() error { return tc.returned }); !errors.Is(err, tc.returned) {
			t.Errorf("%v became %v", tc.returned, err)
		}
		if len(seen.failed) != 1 || !errors.Is(seen.failed[0], tc.told) {
			t.Errorf("of %v it was told %v", tc.returned, seen.failed)
		}
	}
	seen := &steps{}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_ = (&Service{observer: seen}).observed(SessionTask, func() error { panic("no") })
	}()
	if len(seen.failed) != 1 || !errors.Is(seen.failed[0], errPanicked) {
		t.Errorf("of a panic it was told %v", seen.failed)
	}
}
