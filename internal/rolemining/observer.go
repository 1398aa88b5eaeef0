package rolemining

import (
	"context"
	"errors"
)

// Observer is told of background work while it is done. It must be quick, and
// safe for concurrent use.
type Observer interface {
	// Step says that a step of a piece of work is taken. At its end done is called,
	// with what it failed on; that the work was overtaken or broken off is no
	// failure.
	Step(kind TaskKind) (done func(err error))
	// Entered says that a piece of work entered a state.
	Entered(kind TaskKind, state string)
	// Mining says that so many identities are mined. If that comes to a result done
	// is called.
	Mining(identities int) (done func())
}

// nobody observes nothing.
type nobody struct{}

// Step implements Observer.
func (nobody) Step(TaskKind) func(error) { return func(error) {} }

// Entered implements Observer.
func (nobody) Entered(TaskKind, string) {}

// Mining implements Observer.
func (nobody) Mining(int) func() { return func() {} }

// errPanicked is what a step failed on that did not return.
var errPanicked = errors.New("panic")

// observed takes a step while it is observed.
func (s *Service) observed(kind TaskKind, step func() error) (err error) {
	done := s.observer.Step(kind)
	err = errPanicked
	defer func() {
		if errors.Is(err, ErrStale) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrReplaced) || errors.Is(err, context.Canceled) {
			done(nil)
			return
		}
		done(err)
	}()
	return step()
}
