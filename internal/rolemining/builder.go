package rolemining

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

// maxListed is how many attributes, entitlements or uses all identities can have
// together: what 32 bits can count.
const maxListed = math.MaxUint32

// IdentitiesBuilder packs identities that come one by one, in any order, for a
// reader of many. It is for one goroutine.
type IdentitiesBuilder struct {
	x     Identities
	index map[Attribute]uint32 // of pairs
	texts blocks
}

// Packed is an identity on its way into an IdentitiesBuilder, which copies the
// slices but keeps the texts.
type Packed struct {
	ID, Name, DisplayName, Email string
	Active                       bool
	Attributes                   []uint32 // of IdentitiesBuilder.Pair, each name once
	Held                         []int32  // indices of entitlements, ascending
	Usage                        []byte   // days by index of source
}

// NewIdentitiesBuilder begins the identities of an organisation whose sources and
// entitlements are known, in ascending order of id.
func NewIdentitiesBuilder(sources []Source, entitlements []Entitlement) *IdentitiesBuilder {
	return &IdentitiesBuilder{
		x:     Identities{sources: sources, entitlements: entitlements},
		index: map[Attribute]uint32{},
	}
}

// Text is a copy of a text that takes no allocation of its own.
func (b *IdentitiesBuilder) Text(text []byte) string { return b.texts.keep(text) }

// Pair is the number of an attribute's value, the same for all that are equal.
func (b *IdentitiesBuilder) Pair(name string, value []byte) uint32 {
	if p, ok := b.index[Attribute{Name: name, Value: string(value)}]; ok {
		return p
	}
	pair, p := Attribute{Name: name, Value: b.Text(value)}, uint32(len(b.x.pairs))
	b.index[pair] = p
	b.x.pairs = append(b.x.pairs, pair)
	return p
}

// Len is how many identities were added.
func (b *IdentitiesBuilder) Len() int { return len(b.x.ids) }

// ID is the id of the i-th that was added.
func (b *IdentitiesBuilder) ID(i int) string { return b.x.ids[i] }

// Add adds an identity, without a manager. It puts who.Attributes in order.
func (b *IdentitiesBuilder) Add(who Packed) {
	x := &b.x
	x.ids, x.names = append(x.ids, who.ID), append(x.names, who.Name)
	x.displayNames, x.emails = append(x.displayNames, who.DisplayName), append(x.emails, who.Email)
	x.active, x.managers = append(x.active, who.Active), append(x.managers, NoManager)
	slices.SortFunc(who.Attributes, func(p, q uint32) int { return cmp.Compare(x.pairs[p].Name, x.pairs[q].Name) })
	x.attributes.add(who.Attributes)
	x.held.add(who.Held)
	x.usage.add(trimZeros(who.Usage))
}

// SetManager says that the i-th that was added is managed by another.
func (b *IdentitiesBuilder) SetManager(i, manager int) { b.x.managers[i] = int32(manager) }

// Done returns the identities. The builder is of no use after it. An id that two
// of them have is an error, and so are too many to be counted.
func (b *IdentitiesBuilder) Done() (*Identities, error) {
	x := &b.x
	if len(x.ids) > math.MaxInt32 || max(len(x.attributes.values), len(x.held.values), len(x.usage.values)) > maxListed {
		return nil, fmt.Errorf("%d identities with what they hold are too many", len(x.ids))
	}
	names := map[string]bool{}
	for _, p := range x.pairs {
		names[p.Name] = true
	}
	x.attributeNames = slices.Sorted(maps.Keys(names))
	if !slices.IsSorted(x.ids) {
		b.sort()
	}
	x.index = make(map[string]int32, len(x.ids))
	for i, id := range x.ids {
		if _, twice := x.index[id]; twice {
			return nil, fmt.Errorf("two identities have the id %q", id)
		}
		x.index[id] = int32(i)
	}
	return x, nil
}

// sort brings the identities into ascending order of id.
func (b *IdentitiesBuilder) sort() {
	x, order := &b.x, make([]int32, len(b.x.ids))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int { return cmp.Compare(x.ids[i], x.ids[j]) })
	place := make([]int32, len(order))
	for at, i := range order {
		place[i] = int32(at)
	}
	for i, m := range x.managers {
		if m != NoManager {
			x.managers[i] = place[m]
		}
	}
	x.ids, x.names, x.displayNames, x.emails = in(order, x.ids), in(order, x.names), in(order, x.displayNames), in(order, x.emails)
	x.active, x.managers = in(order, x.active), in(order, x.managers)
	x.attributes, x.held, x.usage = x.attributes.in(order), x.held.in(order), x.usage.in(order)
}

func in[T any](order []int32, values []T) []T {
	sorted := make([]T, len(order))
	for at, i := range order {
		sorted[at] = values[i]
	}
	return sorted
}

func trimZeros(usage []byte) []byte {
	n := len(usage)
	for n > 0 && usage[n-1] == 0 {
		n--
	}
	return usage[:n]
}
