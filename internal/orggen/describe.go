package orggen

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// words are the parts of a slug.
func words(slug string) []string { return strings.Split(slug, "-") }

// speller writes slugs as people of an organisation would.
type speller struct {
	lexicon
	words map[string]string // spellings by their lower-case form
	verbs map[string]string // what the last words of slugs allow
}

// newSpeller knows the abbreviations that all organisations have, and the
// words and offices of one.
func newSpeller(p profile) speller {
	s := speller{lexicon: p.words, words: map[string]string{}, verbs: verbs()}
	list := strings.Fields(abbreviations + " " + p.words.spellings)
	for _, f := range p.families {
		list = append(list, weighted(f.places)...)
	}
	for _, w := range list {
		s.words[strings.ToLower(w)] = w
	}
	return s
}

const abbreviations = "API BI CDN CRM ERP GPU HR IT ITSM ML QA SDK SQL VPN"

// plain is a slug as words inside a sentence: "IT staff".
func (s speller) plain(slug string) string {
	parts := words(slug)
	for i, p := range parts {
		if w, ok := s.words[p]; ok {
			parts[i] = w
		}
	}
	return strings.Join(parts, " ")
}

// title is a slug as "Claim Editor", "IT Staff".
func (s speller) title(slug string) string {
	parts := strings.Split(s.plain(slug), " ")
	for i, p := range parts {
		parts[i] = capital(p)
	}
	return strings.Join(parts, " ")
}

// capital is a text with its first letter in upper case.
func capital(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + text[n:]
}

// nameAndValue is what an entitlement of a style is called by people and by
// its source.
func (p *plan) nameAndValue(st style, slug string) (name, value string) {
	switch st {
	case group:
		name = "GG-" + strings.ReplaceAll(p.speller.title(slug), " ", "-")
		return name, "CN=" + name + ",OU=Groups,DC=" + p.short + ",DC=example"
	case lower:
		return slug, slug
	case underlined:
		name = strings.ToUpper(strings.ReplaceAll(slug, "-", "_"))
		return name, name
	default:
		return p.speller.title(slug), strings.ReplaceAll(slug, "-", "_")
	}
}

// describe says what an entitlement is for, as its owner would in a few words.
// Some real ones have no description either.
func (s speller) describe(key string, system source) string {
	if text, ok := s.described[key]; ok {
		return text
	}
	_, slug, _ := strings.Cut(key, ".")
	parts := words(slug)
	last := parts[len(parts)-1]
	object := strings.Join(parts[:len(parts)-1], "-")
	switch system.kind {
	case doors:
		return "Badge for the " + s.plain(slug)
	case directory:
		return s.describeGroup(slug, object, last)
	case chat:
		return describeChannel(slug, object, last)
	case code:
		return s.describeRepository(object, last)
	}
	if verb, ok := s.verbs[last]; ok {
		what := s.noun(object)
		if strings.HasPrefix(what, "the ") { // is there already
			verb = strings.TrimPrefix(verb, "Create and ")
		}
		return capital(verb) + " " + what + " in " + system.name
	}
	return "Use the " + s.plain(slug) + " in " + system.name
}

// describeGroup is for the groups of a directory: of people, or of those who
// use, read or own something.
func (s speller) describeGroup(slug, object, last string) string {
	switch last {
	case "users":
		return "May use " + s.noun(object)
	case "readers":
		what := s.noun(object)
		if strings.HasPrefix(what, "the files") || strings.HasSuffix(what, "share") || strings.HasSuffix(what, "storage") {
			return "May read " + what
		}
		return "May see the settings of " + what
	case "owners":
		return "Responsible for " + s.noun(object)
	case "cluster":
		return "Log on to the " + s.plain(slug)
	}
	if slices.Contains(strings.Fields(peopleWords), last) {
		return "All " + s.plain(slug)
	}
	return "The " + s.plain(slug) + " team"
}

// peopleWords are what people are called together.
const peopleWords = `staff scientists engineers developers adjusters admins partners operators actuaries nurses physicians surgeons technicians
 pharmacists therapists coders advisers traders tellers machinists planners buyers inspectors fitters wardens managers radiographers
 radiologists physiotherapists porters midwives schedulers analysts bankers auditors leaders officers directors`

func describeChannel(slug, object, last string) string {
	switch last {
	case "member":
		return "Takes part in the channel " + strings.TrimPrefix(object, "channel-")
	case "admin":
		return "Runs the channel " + strings.TrimPrefix(object, "channel-")
	}
	return "Takes part in the channel " + slug
}

func (s speller) describeRepository(object, last string) string {
	switch last {
	case "run":
		return "Runs " + s.plain(object)
	case "maintain":
		return "Maintains the repository " + object
	case "write":
		return "Pushes to the repository " + object
	}
	return "Reads the repository " + object
}

// verbs are what the last words of slugs allow.
func verbs() map[string]string {
	return map[string]string{
		"viewer": "View", "reader": "Read", "lookup": "Look up", "search": "Search", "editor": "Create and change", "writer": "Write",
		"contributor": "Add to", "author": "Write and publish", "approver": "Approve", "admin": "Administer", "owner": "Own", "exporter": "Export",
		"requester": "Request", "agent": "Work on", "operator": "Run", "user": "Use", "reviewer": "Review", "observer": "View",
		"implementer": "Carry out", "builder": "Build", "planner": "Plan", "auditor": "Audit", "taker": "Take", "reconciler": "Reconcile",
		"releaser": "Release", "preparer": "Prepare", "poster": "Post", "scheduler": "Schedule", "router": "Route", "holder": "Hold back",
		"claimant": "Claim", "commander": "Lead the response to", "manager": "Manage",
		"recorder": "Record", "signer": "Sign", "checker": "Check", "tracer": "Trace", "verifier": "Verify", "collector": "Collect", "prescriber": "Prescribe",
		"dispenser": "Dispense", "issuer": "Issue", "orderer": "Order", "dealer": "Deal in", "booker": "Book", "coder": "Code", "importer": "Import",
		"packer": "Pack", "calibrator": "Calibrate",
	}
}

// noun is what a verb is done to. Most things are many, some are one of a
// kind, and some cannot be counted.
func (s speller) noun(object string) string {
	if text, ok := s.nouns[object]; ok {
		return text
	}
	text := s.plain(object)
	parts := words(object)
	switch last := parts[len(parts)-1]; {
	case slices.Contains(strings.Fields(oneOfAKind), last):
		return "the " + text
	case slices.Contains(strings.Fields(uncountable), last), strings.HasSuffix(text, "s"):
		return text
	case strings.HasSuffix(text, "y") && !strings.ContainsAny(text[len(text)-2:len(text)-1], "aeiou"):
		return text[:len(text)-1] + "ies"
	case strings.HasSuffix(text, "z"):
		return text + "zes"
	case strings.HasSuffix(text, "x"), strings.HasSuffix(text, "ch"), strings.HasSuffix(text, "sh"):
		return text + "es"
	default:
		return text + "s"
	}
}

const (
	oneOfAKind = `archive burndown catalog cdn chart cluster dashboard feed funnel gallery gateway guide handbook headcount intranet lab ledger library lineage
 manual monitor network pack pipeline platform playbook pool portal portfolio rating register registry scorecard search site storage store
 studio vault vpn warehouse zone`
	uncountable = "access billing compensation evidence knowledge litigation payroll reinsurance salvage subrogation succession training" +
		" stock maintenance telemetry data intake leave transport spending bonus funding contrast gas"
)

// remark says who owns an entitlement, and that it is a dangerous one, where
// whoever wrote the description thought of it.
func remark(number int, key string, system source) string {
	parts := words(key)
	risk := ""
	switch last := parts[len(parts)-1]; {
	case system.owner == "":
	case slices.Contains(strings.Fields("releaser poster implementer root signer"), last):
		risk = ". Criticality: high"
	case slices.Contains(strings.Fields("admin approver owner owners"), last) && number%4 == 1:
		risk = ". Criticality: high"
	case slices.Contains(strings.Fields("exporter operator holder"), last):
		risk = ". Criticality: medium"
	}
	if system.owner != "" && (number%11 == 3 || risk != "" && number%3 != 0) {
		return ". Owner: " + system.owner + risk
	}
	return risk
}
