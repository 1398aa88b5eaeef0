package rolemining

import (
	"iter"
	"strings"
)

// NoManager is the index of nobody.
const NoManager = -1

// Identities are everyone in an organisation, packed: a hundred thousand of them
// with twenty entitlements each take 30 MB and next to no work of the garbage
// collector. An identity is named by its index, its place in ascending order of
// id from 0 on; entitlements and sources by theirs in the Organisation. A nil
// *Identities is nobody. Identities never change once they are made, by
// NewOrganisation or an IdentitiesBuilder.
type Identities struct {
	ids, names, displayNames, emails []string
	index                            map[string]int32 // of ids
	active                           []bool
	managers                         []int32
	attributes                       lists[uint32] // indices of pairs
	held                             lists[int32]
	usage                            lists[byte]
	pairs                            []Attribute
	attributeNames                   []string // ascending
	entitlements                     []Entitlement
	sources                          []Source
}

// Attribute is one value of one identity attribute, under its technical name.
type Attribute struct{ Name, Value string }

// Identity is a person, or an account that stands for a service, unpacked.
type Identity struct {
	ID          string
	Name        string // the user name, "amanda.ross"
	DisplayName string // "Amanda Ross"
	Email       string
	Active      bool
	ManagerID   string // "" for none
	// Attributes are the identity's other attributes by their technical name:
	// department, jobTitle, location, ... An absent one is absent.
	Attributes map[string]string
	// EntitlementIDs are what the identity holds, ascending; nil for nothing.
	EntitlementIDs []string
	// Usage is the number of days, 1-90, with activity in the last 90 days, by
	// source id. A source that is not named was not used.
	Usage map[string]int
}

// Len is how many there are.
func (x *Identities) Len() int {
	if x == nil {
		return 0
	}
	return len(x.ids)
}

// Find returns the index of the identity with an id.
func (x *Identities) Find(id string) (int, bool) {
	if x == nil {
		return 0, false
	}
	i, ok := x.index[id]
	return int(i), ok
}

// ID is the id of identity i.
func (x *Identities) ID(i int) string { return x.ids[i] }

// IDs are the ids of all, ascending; not to be changed.
func (x *Identities) IDs() []string { return x.ids }

// Name is the user name of identity i.
func (x *Identities) Name(i int) string { return x.names[i] }

// DisplayName is the name of identity i for people.
func (x *Identities) DisplayName(i int) string { return x.displayNames[i] }

// Email is the address of identity i, "" for none.
func (x *Identities) Email(i int) string { return x.emails[i] }

// Active says whether identity i counts as active.
func (x *Identities) Active(i int) bool { return x.active[i] }

// Manager is the index of the manager of identity i, NoManager for nobody.
func (x *Identities) Manager(i int) int { return int(x.managers[i]) }

// ManagerName is the display name of the manager of identity i, "" for nobody.
func (x *Identities) ManagerName(i int) string {
	if m := x.managers[i]; m != NoManager {
		return x.displayNames[m]
	}
	return ""
}

// Pairs are the different attribute values that there are; not to be changed.
func (x *Identities) Pairs() []Attribute {
	if x == nil {
		return nil
	}
	return x.pairs
}

// Attributes are the indices in Pairs of the attributes of identity i, in
// ascending order of name; not to be changed.
func (x *Identities) Attributes(i int) []uint32 { return x.attributes.at(i) }

// Attribute is the value of an attribute of identity i, "" for none.
func (x *Identities) Attribute(i int, name string) string {
	for _, p := range x.attributes.at(i) {
		if pair := &x.pairs[p]; pair.Name == name {
			return pair.Value
		}
	}
	return ""
}

// AttributeNames are the names that some identity has a value for, ascending;
// not to be changed.
func (x *Identities) AttributeNames() []string {
	if x == nil {
		return nil
	}
	return x.attributeNames
}

// Held are the indices, ascending, of the entitlements that identity i holds;
// not to be changed.
func (x *Identities) Held(i int) []int32 { return x.held.at(i) }

// Usage has, in byte s, the days on which identity i used source s; sources
// beyond its end were not used. It is not to be changed.
func (x *Identities) Usage(i int) []byte { return x.usage.at(i) }

// At unpacks identity i.
func (x *Identities) At(i int) Identity {
	who := Identity{ID: x.ids[i], Name: x.names[i], DisplayName: x.displayNames[i], Email: x.emails[i], Active: x.active[i]}
	if m := x.managers[i]; m != NoManager {
		who.ManagerID = x.ids[m]
	}
	if pairs := x.Attributes(i); len(pairs) > 0 {
		who.Attributes = make(map[string]string, len(pairs))
		for _, p := range pairs {
			who.Attributes[x.pairs[p].Name] = x.pairs[p].Value
		}
	}
	for _, e := range x.Held(i) {
		who.EntitlementIDs = append(who.EntitlementIDs, x.entitlements[e].ID)
	}
	for s, days := range x.Usage(i) {
		if days == 0 {
			continue
		}
		if who.Usage == nil {
			who.Usage = map[string]int{}
		}
		who.Usage[x.sources[s].ID] = int(days)
	}
	return who
}

// All unpacks one after the other, with their indices.
func (x *Identities) All() iter.Seq2[int, Identity] {
	return func(yield func(int, Identity) bool) {
		for i := range x.Len() {
			if !yield(i, x.At(i)) {
				return
			}
		}
	}
}

// lists is a list of lists in two slices: list i is values[ends[i-1]:ends[i]].
type lists[T any] struct {
	ends   []uint32
	values []T
}

func (l *lists[T]) at(i int) []T {
	start := uint32(0)
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.values[start:l.ends[i]:l.ends[i]]
}

func (l *lists[T]) add(list []T) {
	l.values = append(l.values, list...)
	l.ends = append(l.ends, uint32(len(l.values)))
}

// in puts the lists into another order, or only into slices of the right size.
func (l *lists[T]) in(order []int32) lists[T] {
	sorted := lists[T]{ends: make([]uint32, 0, len(l.ends)), values: make([]T, 0, len(l.values))}
	for _, i := range order {
		sorted.add(l.at(int(i)))
	}
	return sorted
}

// blocks keeps copies of many short texts in few large blocks.
type blocks struct{ last strings.Builder }

const blockSize = 64 << 10

func (b *blocks) keep(text []byte) string {
	if b.last.Cap()-b.last.Len() < len(text) {
		b.last = strings.Builder{}
		b.last.Grow(max(blockSize, len(text)))
	}
	start := b.last.Len()
	b.last.Write(text)
	return b.last.String()[start:]
}
