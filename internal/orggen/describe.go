package orggen

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// words are the parts of a slug.
func words(slug string) []string { return strings.Split(slug, "-") }

// spellings are the words of slugs that are not written in lower case inside
// a sentence: abbreviations, cities, names of projects.
func spellings() map[string]string {
	out := map[string]string{}
	for _, w := range strings.Fields("API BI CDN CRM ERP GPU HR IT ITSM ML NYC QA SDK SQL VPN Austin Chicago Denver London Miami Toronto Atlas Juniper Quill Testwise") {
		out[strings.ToLower(w)] = w
	}
	return out
}

// plain is a slug as words inside a sentence: "IT staff".
func plain(slug string) string {
	parts := words(slug)
	for i, p := range parts {
		if s, ok := spellings()[p]; ok {
			parts[i] = s
		}
	}
	return strings.Join(parts, " ")
}

// title is a slug as "Claim Editor", "IT Staff".
func title(slug string) string {
	parts := strings.Split(plain(slug), " ")
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
func (s style) nameAndValue(slug string) (name, value string) {
	switch s {
	case group:
		name = "GG-" + strings.ReplaceAll(title(slug), " ", "-")
		return name, "CN=" + name + ",OU=Groups,DC=acme,DC=example"
	case lower:
		return slug, slug
	case underlined:
		name = strings.ToUpper(strings.ReplaceAll(slug, "-", "_"))
		return name, name
	default:
		return title(slug), strings.ReplaceAll(slug, "-", "_")
	}
}

// describe says what an entitlement is for, as its owner would in a few words.
// Some real ones have no description either.
func describe(key string, system source) string {
	if text, ok := described()[key]; ok {
		return text
	}
	_, slug, _ := strings.Cut(key, ".")
	parts := words(slug)
	last := parts[len(parts)-1]
	object := strings.Join(parts[:len(parts)-1], "-")
	switch system.key {
	case "door":
		return "Badge for the " + plain(slug)
	case "ad", "adlab":
		return describeGroup(slug, object, last)
	case "chat":
		return describeChannel(slug, object, last)
	case "code":
		return describeRepository(object, last)
	}
	if verb, ok := verbs()[last]; ok {
		what := noun(object)
		if strings.HasPrefix(what, "the ") { // is there already
			verb = strings.TrimPrefix(verb, "Create and ")
		}
		return capital(verb) + " " + what + " in " + system.name
	}
	return "Use the " + plain(slug) + " in " + system.name
}

// describeGroup is for the groups of a directory: of people, or of those who
// use, read or own something.
func describeGroup(slug, object, last string) string {
	switch last {
	case "users":
		return "May use " + noun(object)
	case "readers":
		what := noun(object)
		if strings.HasPrefix(what, "the files") || strings.HasSuffix(what, "share") || strings.HasSuffix(what, "storage") {
			return "May read " + what
		}
		return "May see the settings of " + what
	case "owners":
		return "Responsible for " + noun(object)
	case "cluster":
		return "Log on to the " + plain(slug)
	case "staff", "scientists", "engineers", "developers", "adjusters", "admins", "partners", "operators", "actuaries":
		return "All " + plain(slug)
	}
	return "The " + plain(slug) + " team"
}

func describeChannel(slug, object, last string) string {
	switch last {
	case "member":
		return "Takes part in the channel " + strings.TrimPrefix(object, "channel-")
	case "admin":
		return "Runs the channel " + strings.TrimPrefix(object, "channel-")
	}
	return "Takes part in the channel " + slug
}

func describeRepository(object, last string) string {
	switch last {
	case "run":
		return "Runs " + plain(object)
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
	}
}

// noun is what a verb is done to. Most things are many, some are one of a
// kind, and some cannot be counted.
func noun(object string) string {
	if text, ok := nouns()[object]; ok {
		return text
	}
	text := plain(object)
	parts := words(object)
	switch last := parts[len(parts)-1]; {
	case slices.Contains(strings.Fields(oneOfAKind), last):
		return "the " + text
	case slices.Contains(strings.Fields(uncountable), last), strings.HasSuffix(text, "s"):
		return text
	case strings.HasSuffix(text, "y") && !strings.ContainsAny(text[len(text)-2:len(text)-1], "aeiou"):
		return text[:len(text)-1] + "ies"
	default:
		return text + "s"
	}
}

const (
	oneOfAKind = `archive catalog cdn chart cluster dashboard feed funnel gallery gateway guide headcount intranet lab ledger library lineage
 manual monitor network pack pipeline platform playbook pool portal portfolio rating register registry scorecard search site storage store
 studio vault vpn warehouse zone`
	uncountable = "access billing compensation evidence knowledge litigation payroll reinsurance salvage subrogation succession"
)

// nouns are the things whose slug is short for something.
func nouns() map[string]string {
	return map[string]string{
		"account-status": "the status of accounts", "app-store": "the app store figures", "break-glass": "emergency access",
		"churn": "the churn data", "claims-aging": "the aging of claims", "cloud-root": "the cloud's root account",
		"dev-account": "development accounts", "exposure": "the exposure data", "first-notice": "first notices of loss", "fleet": "fleet policies",
		"fraud-labels": "the fraud labels", "geodata": "the geodata", "history": "the history of a policy", "joiner": "the set-up of joiners",
		"kiosk": "the kiosks", "lab-licence": "the lab's licences", "marine": "marine policies", "mart": "the data marts", "people": "people records",
		"print-color": "the color printers", "privileged": "privileged documents", "prod-account": "production accounts",
		"prod-host": "production hosts", "prod-log": "production logs", "project-atlas": "the files of Project Atlas",
		"project-juniper": "the files of Project Juniper", "project-quill": "the files of Project Quill", "share-archive": "the archive share",
		"share-legal": "the legal share", "share-media": "the media share", "telematics": "the telematics data", "vpn-partner": "the VPN for partners",
		"weather": "the weather data",
	}
}

// described are the entitlements whose slug does not say what they are for.
func described() map[string]string {
	return map[string]string{
		"ad.all-staff":                "Everybody who works here",
		"ad.counsel":                  "Counsel and paralegals",
		"ad.password-resetters":       "May reset passwords",
		"bi.executive-dashboard":      "View the executive dashboard",
		"code.app-signing-run":        "Signs releases of the apps",
		"code.pipelines-run":          "Runs the build pipelines",
		"cloud.prod-restart-operator": "Restart services in production",
		"door.badge-printer":          "Print badges",
		"hr.job-change-editor":        "Record transfers and promotions",
		"itsm.outage-editor":          "Record outages",
		"fin.approval-limit-high":     "Approve amounts up to the high limit",
		"hr.self-service":             "See and change one's own record",
		"hr.team-manager":             "See the records of one's own team",
		"itsm.request-portal":         "Ask for equipment, access and help",
		"pam.staging-secrets":         "Use the secrets of the staging environment",
		"test.test-data-workbench":    "Make and mask test data",
		"test.test-device-lab":        "Borrow devices from the test lab",
		"test.test-results-manager":   "See the test results of one's own team",
		"test.testwise-learner":       "Take courses and tests",
		"uw.coverage-check":           "Check what a policy covers",
	}
}
