package miner

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

const (
	// commonPercent is the share of active identities that makes an
	// entitlement common access, commonPeople the number of active identities
	// from which on that share means something.
	commonPercent = 80
	commonPeople  = 5
	// maxAssignments is what 32-bit offsets can address.
	maxAssignments = math.MaxInt32
)

// An InputError says which part of the input breaks which rule.
type InputError struct {
	Field   string // the field, in the API's spelling, such as "minIdentities"
	Problem string // the rule it breaks, such as "must be at least 1, is 0"
}

// Error implements error.
func (e *InputError) Error() string { return "miner: " + e.Field + " " + e.Problem }

func inputError(field, format string, args ...any) error {
	return &InputError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

// A Population says who holds what in an organisation. Identities and
// entitlements are known by their index in IdentityIDs and EntitlementIDs;
// answers use the same indices. The order of the lists has no influence on an
// answer: whatever needs an order uses the ids.
type Population struct {
	IdentityIDs    []string  // unique
	EntitlementIDs []string  // unique
	Holdings       [][]int32 // by identity: indices into EntitlementIDs, in any order
	Active         []bool    // by identity; nil means that all are active
	Roles          []ExistingRole
	// DesignatedCommon lists entitlements that are common access by decision,
	// whatever their popularity.
	DesignatedCommon []int32
}

// An ExistingRole is a role the organisation already has. Freshness measures
// how far a potential role is from the nearest of them.
type ExistingRole struct {
	ID           string
	Entitlements []int32 // indices into Population.EntitlementIDs
}

// An Organisation is a checked Population in the form the engine works on:
// identities and entitlements by rank (their place in ascending order of id),
// holdings sorted, holders counted. It never changes and is safe for
// concurrent use. It keeps no reference to the Population it was made from,
// except for its id strings.
type Organisation struct {
	identityAt  []int32 // identity rank -> caller's index
	identityRk  []int32 // caller's index -> identity rank
	entAt       []int32 // entitlement rank -> caller's index
	entRk       []int32 // caller's index -> entitlement rank
	held        rows    // by identity rank: entitlement ranks, ascending
	active      []bool  // by identity rank
	activeCount int
	holders     []int32 // by entitlement rank: active identities that hold it
	common      []bool  // by entitlement rank
	roleIDs     []string
	roleEnts    rows // by existing role, in ascending id: entitlement ranks
	rolesOf     rows // by entitlement rank: existing roles that grant it
}

// Prepare checks a population and brings it into the engine's form. The error
// is an [*InputError] if the population contradicts itself: lists of different
// lengths, an id twice, an index out of range. Or it is the context's error,
// soon after that is done.
func Prepare(ctx context.Context, p Population) (*Organisation, error) {
	o, beat := &Organisation{}, &pulse{ctx: ctx}
	var err error
	if o.identityAt, o.identityRk, err = rankByID(beat, "identityIds", p.IdentityIDs); err != nil {
		return nil, err
	}
	if o.entAt, o.entRk, err = rankByID(beat, "entitlementIds", p.EntitlementIDs); err != nil {
		return nil, err
	}
	if err := o.setActive(p); err != nil {
		return nil, err
	}
	if err := o.setHoldings(beat, p.Holdings); err != nil {
		return nil, err
	}
	if err := o.setCommon(p.DesignatedCommon); err != nil {
		return nil, err
	}
	if err := o.setRoles(beat, p.Roles); err != nil {
		return nil, err
	}
	return o, ctx.Err()
}

// Common lists the common access of the organisation as indices into
// Population.EntitlementIDs, in ascending order of entitlement id.
func (o *Organisation) Common() []int32 {
	out := []int32{}
	for rk, c := range o.common {
		if c {
			out = append(out, o.entAt[rk])
		}
	}
	return out
}

// ActiveCount is the number of active identities in the organisation.
func (o *Organisation) ActiveCount() int { return o.activeCount }

// rankByID orders ids and returns the permutation and its inverse.
func rankByID(beat *pulse, field string, ids []string) (at, rank []int32, err error) {
	at, rank = make([]int32, len(ids)), make([]int32, len(ids))
	for i := range at {
		at[i] = int32(i)
	}
	if err := sortStable(beat, at, func(a, b int32) int { return cmp.Compare(ids[a], ids[b]) }); err != nil {
		return nil, nil, err
	}
	for rk, i := range at {
		if beat.stopped() {
			return nil, nil, beat.err()
		}
		if rk > 0 && ids[at[rk-1]] == ids[i] {
			return nil, nil, inputError(field, "has the id %q twice", ids[i])
		}
		rank[i] = int32(rk)
	}
	return at, rank, nil
}

func (o *Organisation) setActive(p Population) error {
	n := len(p.IdentityIDs)
	if p.Active != nil && len(p.Active) != n {
		return inputError("active", "has %d elements for %d identities", len(p.Active), n)
	}
	o.active = make([]bool, n)
	for rk, i := range o.identityAt {
		o.active[rk] = p.Active == nil || p.Active[i]
		if o.active[rk] {
			o.activeCount++
		}
	}
	return nil
}

// setHoldings copies the holdings in order of rank, sorted and without
// repetitions, and counts the active holders.
func (o *Organisation) setHoldings(beat *pulse, holdings [][]int32) error {
	if len(holdings) != len(o.identityAt) {
		return inputError("holdings", "has %d elements for %d identities", len(holdings), len(o.identityAt))
	}
	total := 0
	for _, h := range holdings {
		total += len(h)
	}
	if total > maxAssignments {
		return inputError("holdings", "has %d assignments, more than %d", total, maxAssignments)
	}
	o.held = newRows(len(holdings), total)
	o.holders = make([]int32, len(o.entAt))
	for rk, i := range o.identityAt {
		if beat.stoppedAfter(len(holdings[i])) {
			return beat.err()
		}
		row, err := o.ranks("holdings", holdings[i])
		if err != nil {
			return err
		}
		o.held.add(row)
		if o.active[rk] {
			for _, e := range row {
				o.holders[e]++
			}
		}
	}
	return nil
}

// ranks turns a caller's entitlement indices into ascending unique ranks.
func (o *Organisation) ranks(field string, ents []int32) ([]int32, error) {
	row := make([]int32, 0, len(ents))
	for _, e := range ents {
		if e < 0 || int(e) >= len(o.entRk) {
			return nil, inputError(field, "index %d is outside 0..%d", e, len(o.entRk)-1)
		}
		row = append(row, o.entRk[e])
	}
	if !slices.IsSorted(row) {
		slices.Sort(row)
	}
	return slices.Compact(row), nil
}

// setCommon applies the 80 % rule and adds what was designated by hand.
func (o *Organisation) setCommon(designated []int32) error {
	o.common = make([]bool, len(o.entAt))
	if o.activeCount >= commonPeople {
		for e, h := range o.holders {
			o.common[e] = atLeastPercent(int(h), o.activeCount, commonPercent)
		}
	}
	ents, err := o.ranks("designatedCommon", designated)
	for _, e := range ents {
		o.common[e] = true
	}
	return err
}

func (o *Organisation) setRoles(beat *pulse, roles []ExistingRole) error {
	order := slices.Clone(roles)
	err := sortStable(beat, order, func(a, b ExistingRole) int { return cmp.Compare(a.ID, b.ID) })
	if err != nil {
		return err
	}
	for i, r := range order {
		if beat.stoppedAfter(len(r.Entitlements)) {
			return beat.err()
		}
		if i > 0 && order[i-1].ID == r.ID {
			return inputError("roles", "has the id %q twice", r.ID)
		}
		ents, err := o.ranks("roles", r.Entitlements)
		if err != nil {
			return err
		}
		o.roleIDs = append(o.roleIDs, r.ID)
		o.roleEnts.add(ents)
	}
	o.rolesOf, err = o.roleEnts.transpose(beat, len(o.entAt))
	return err
}

// atLeastPercent reports part/whole >= percent/100 without rounding.
func atLeastPercent(part, whole, percent int) bool {
	return int64(part)*100 >= int64(whole)*int64(percent)
}
