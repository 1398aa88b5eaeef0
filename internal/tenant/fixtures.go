package tenant

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"mockserver/internal/rolemining"
	"mockserver/internal/seed"
	"mockserver/internal/store"
)

// Fixtures is the present organisation as fixtures describe one, with the
// sessions that it was loaded with and without what was done since.
func (t *Tenant) Fixtures(ctx context.Context) (rolemining.Dataset, error) {
	return t.store.Fixtures(ctx)
}

// HasFixtures says whether the present organisation is just this one.
func (t *Tenant) HasFixtures(ctx context.Context, data rolemining.Dataset) (bool, error) {
	present, err := t.store.Fixtures(ctx)
	if err != nil {
		return false, err
	}
	data.Roles = slices.SortedFunc(slices.Values(data.Roles), func(a, b rolemining.Role) int { return cmp.Compare(a.ID, b.ID) })
	var documents [2]bytes.Buffer
	err = errors.Join(seed.WriteDocument(&documents[0], present), seed.WriteDocument(&documents[1], data))
	return bytes.Equal(documents[0].Bytes(), documents[1].Bytes()), err
}

// PutFixtures gives the tenant another organisation in the place of everything
// that is stored, its sessions mined as at a start. From then on Reset returns
// to it. Nothing beside what is stored is reset. The error is a *seed.Error where
// a session cannot be mined; then nothing is changed.
func (t *Tenant) PutFixtures(ctx context.Context, data rolemining.Dataset) error {
	image, err := imageOf(ctx, data, t.from.log)
	if err != nil {
		return err
	}
	return t.Replace(ctx, image, Parts()...)
}

// PatchFixtures changes the organisation and leaves alone what was done in it:
// sessions and potential roles stay as they were mined. With baseline, Reset
// returns to the changed organisation from then on, its sessions mined anew. The
// error is a *seed.Error that is about the patch; then nothing is changed.
func (t *Tenant) PatchFixtures(ctx context.Context, patch *seed.Patch, baseline bool) (rolemining.Dataset, seed.Changes, error) {
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
	if baseline {
		err = t.rebase(ctx, after)
	} else {
		err = t.putOrganisation(ctx, after, nil)
	}
	return after, changes, err
}

// rebase makes an organisation the present one and what Reset returns to.
func (t *Tenant) rebase(ctx context.Context, data rolemining.Dataset) error {
	image, err := imageOf(ctx, data, t.from.log)
	if err != nil {
		return aboutSessions(err, data.Sessions)
	}
	return t.putOrganisation(ctx, data, image)
}

// aboutSessions tells the author of a patch, in which there are no sessions, why
// one of the fixtures cannot be mined.
func aboutSessions(err error, sessions []rolemining.SeedSession) error {
	var broken *seed.Error
	if !errors.As(err, &broken) {
		return err
	}
	told := &seed.Error{Count: broken.Count}
	for _, p := range broken.Problems {
		var i int
		if _, err := fmt.Sscanf(p.Pointer, "/%d", &i); err == nil && p.File == seed.SessionsFile && i < len(sessions) {
			p = seed.Problem{Rule: fmt.Sprintf("the session %q of the fixtures could not be mined for the baseline: %s", sessions[i].ID, p.Rule)}
		}
		told.Problems = append(told.Problems, p)
	}
	return told
}

// putOrganisation makes an organisation the present one, under what was done, and
// an image, where not nil, what a reset returns to.
func (t *Tenant) putOrganisation(ctx context.Context, data rolemining.Dataset, baseline []byte) error {
	err := t.store.Exchange(ctx, data, baseline)
	if errors.Is(err, store.ErrExists) {
		taken := seed.Problem{Pointer: "/roles", Rule: "an id is that of a role that provisioning has made (" + err.Error() + ")"}
		return &seed.Error{Problems: []seed.Problem{taken}, Count: 1}
	}
	if err != nil {
		return err
	}
	t.auth.Renew()
	t.service.Nudge()
	return t.people.read(context.WithoutCancel(ctx), t.store)
}
