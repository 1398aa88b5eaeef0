package tenant

import (
	"context"
	"errors"

	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
	"mockserver/internal/store"
)

// Fixtures is the present organisation as fixtures describe one, with the
// sessions that it was loaded with and without what was done since.
func (t *Tenant) Fixtures(ctx context.Context) (rolemining.Dataset, error) {
	return t.store.Fixtures(ctx)
}

// PatchFixtures changes the organisation and leaves alone what was done in it:
// sessions and potential roles stay as they were mined. The error is a
// *seed.Error that is about the patch; then nothing is changed.
func (t *Tenant) PatchFixtures(ctx context.Context, patch *seed.Patch) (rolemining.Dataset, seed.Changes, error) {
	ctx = t.store.Begin(ctx) // a reset meanwhile is not to be undone
	t.patching.Lock()
	defer t.patching.Unlock()
	before, err := t.store.Fixtures(ctx)
	if err != nil {
		return rolemining.Dataset{}, nil, err
	}
	after, changes, err := patch.Apply(before)
	if err != nil {
		return rolemining.Dataset{}, nil, err
	}
	switch err := t.store.Exchange(ctx, after); {
	case errors.Is(err, store.ErrExists):
		taken := seed.Problem{Pointer: "/roles", Rule: "an id is that of a role that provisioning has made (" + err.Error() + ")"}
		return rolemining.Dataset{}, nil, &seed.Error{Problems: []seed.Problem{taken}, Count: 1}
	case err != nil:
		return rolemining.Dataset{}, nil, err
	}
	t.auth.Renew()
	t.service.Nudge()
	return after, changes, t.people.read(context.WithoutCancel(ctx), t.store)
}
