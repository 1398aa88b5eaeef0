package orggen

import (
	"slices"

	"mockserver/internal/rolemining"
)

// profile is a kind of organisation: everything that tells one from another,
// as data. The code knows none of them.
type profile struct {
	name, text    string // as ProfileInfo has them
	short, tenant string // what the organisation is called, for machines and for people
	part          string // what a large organisation has several of: "Division"
	chief         string // the title of whom nobody manages
	machines      string // the department that answers for service accounts
	sources       []source
	birthright    string // what almost everybody holds
	managerAccess string // what people who manage others hold
	officeAccess  string // what an office owns: doors, of which the first is the entrance
	departments   []department
	families      []family // the larger and plainer first: a small organisation has the first few only
	crews         []crew
	roles         []known
	people        []person
	words         lexicon
	// Of the examples in the API's documents, which only one organisation has.
	documented map[string]string        // ids of entitlements, by key
	named      map[string][2]string     // names and descriptions of entitlements that their source's style does not give
	extraTail  string                   // entitlements of the long tail beside those of the sources
	sessions   []rolemining.SeedSession // with keys where the ids of entitlements go; nil for no examples
}

// source is a system that grants access.
type source struct {
	key, id     string // id "" for a generated one
	name        string
	description string
	activity    string // "complete", "notComplete" or ""
	attribute   string // the account attribute of its entitlements
	style       style
	kind        sourceKind
	use         int    // the percentage of holders who use it though their work does not ask for it
	owner       string // the team that answers for it
	only        string // the department outside of which hardly anybody holds something of it, "" for none
	tail        string // objects of the entitlements that few hold
	verbs       string // what is done to them
}

// sourceKind says what the entitlements of a source are, which decides how
// they are described.
type sourceKind int

const (
	business  sourceKind = iota // rights to do something with something
	directory                   // groups
	chat                        // channels
	code                        // repositories and pipelines
	doors                       // doors
)

// style says how a source writes the names of its entitlements.
type style int

const (
	titled     style = iota // "Claim Editor"
	group                   // "GG-Claim-Editor", a distinguished name
	lower                   // "claim-editor"
	underlined              // "CLAIM_EDITOR"
)

// department owns access that all its families share.
type department struct {
	name, access string
}

// family is a group of people who do the same work.
type family struct {
	name, department string
	weight           int    // people of about 1,200
	titles           string // the first is the most frequent
	places           string // offices with weights
	access           string // what the work needs, the most general first
	kind             familyKind
}

// familyKind says how far the people of a family differ.
type familyKind int

const (
	usual   familyKind = iota // not everybody needs the last of the access
	tight                     // little noise
	uniform                   // most hold exactly the same
	patchy                    // everybody lacks a good part of it
	loose                     // no access in common
)

// crew is people of several families who work on one thing. They hold its
// access and little of what their family owns.
type crew struct {
	name     string
	weight   int    // people of about 1,200
	families string // separated by "; "
	office   string // where all of them work, "" for anywhere
	access   string
}

// known is a role that the organisation has already. Its owner is the first of
// its family, or the head of all.
type known struct {
	name, text string
	family     string // whose first entitlements it grants, "" for none
	first      int
	department bool   // grants what the department owns as well
	extra      string // further entitlements
	profiles   bool   // grants them through access profiles
	common     bool
}

// lexicon is how an organisation spells what its slugs say.
type lexicon struct {
	spellings string            // words that are not written in lower case inside a sentence
	nouns     map[string]string // things whose slug is short for something
	described map[string]string // entitlements, by key, whose slug does not say what they are for
}

// profiles are all there are, the one of the default organisation first.
func profiles() []profile { return []profile{insurer(), hospital(), bank(), manufacturer()} }

// findProfile is the profile of a name; "" is the first.
func findProfile(name string) (profile, bool) {
	all := profiles()
	at := slices.IndexFunc(all, func(p profile) bool { return p.name == name })
	if name == "" {
		at = 0
	}
	if at < 0 {
		return profile{}, false
	}
	return all[at], true
}

// ProfileInfo describes a profile.
type ProfileInfo struct {
	Name        string // as in Options.Profile
	Description string // one line
}

// Profiles lists the kinds of organisations that can be made. The first is the
// one of the default organisation.
func Profiles() []ProfileInfo {
	var out []ProfileInfo
	for _, p := range profiles() {
		out = append(out, ProfileInfo{p.name, p.text})
	}
	return out
}

// profileNames are the names of Profiles.
func profileNames() []string {
	var out []string
	for _, p := range profiles() {
		out = append(out, p.name)
	}
	return out
}
