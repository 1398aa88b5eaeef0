package orggen

import "strings"

// PersonNames makes up names of people, for organisations that come without.
type PersonNames struct{ first, last []string }

// NewPersonNames returns the names that generated organisations use, too.
func NewPersonNames() *PersonNames {
	return &PersonNames{first: strings.Fields(firstNames), last: strings.Fields(lastNames)}
}

// Of is a believable name for whoever key stands for. Equal keys have equal
// names; different keys may have equal names, as people do.
func (n *PersonNames) Of(key string) (first, last string) {
	r := newRNG(0, "person/"+key, len(key))
	return r.pick(n.first), r.pick(n.last)
}
