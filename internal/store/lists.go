package store

import "mockserver/internal/rolemining"

// listing is how a collection of the API is read.
type listing struct {
	// from is the FROM clause and where a condition that always holds; args
	// are the values of their parameters, in that order.
	from, where string
	args        func(l rolemining.List) []any
	// columns are the fields to filter and to sort by.
	columns map[string]column
	// order is the collection's own, if its schema does not say one. id is the
	// last key of every order.
	order []key
	id    string
	// keys, if not empty, is the row number by which a page is picked first;
	// then fetch is the FROM clause of the elements, which joins the table k
	// of the row numbers. Pages are picked out of an index, and sorted, without
	// their documents.
	keys, fetch string
	// element is what is selected, and read makes an array of what the
	// statement for it gives.
	element string
	read    func(c *conn, text string, args []any) ([]byte, error)
}

// key is an expression to order by.
type key struct {
	expr       string
	descending bool
	// unique says that no two elements share it, so nothing can come after it.
	unique bool
}

// listingOf is the table of the collections that SQL reads; those inside a role
// are in roleViews.
func listingOf(kind rolemining.ListKind) (listing, bool) {
	switch kind {
	case rolemining.SessionList:
		return sessionList, true
	case rolemining.SessionSummaries:
		return sessionSummaries, true
	case rolemining.AllSummaries:
		return allSummaries, true
	case rolemining.SavedRoles:
		return savedRoles, true
	default:
		return listing{}, false
	}
}

var sessionList = listing{
	from: "sessions AS s",
	args: noArgs,
	columns: map[string]column{
		"saved":       {expr: "s.saved"},
		"name":        {expr: "s.name"},
		"createdBy":   {expr: "s.creator"},
		"createdDate": {expr: "s.created"},
	},
	id:      "s.id",
	keys:    "s.n",
	fetch:   "sessions AS s ON s.n = k.n",
	element: "s.doc",
	read:    elements(newDocument),
}

// ofSession compares a column of a role's session.
const ofSession = "p.session IN (SELECT n FROM sessions WHERE %s)"

var summaryColumns = map[string]column{
	"createdById":       {expr: "p.creator_id"},
	"createdByName":     {expr: "p.creator"},
	"description":       {expr: "p.description"},
	"startDate":         {expr: "p.created"},
	"endDate":           {expr: "p.created"},
	"createdDate":       {expr: "p.created"},
	"name":              {expr: "p.name"},
	"saved":             {expr: "p.saved"},
	"type":              {expr: "p.type"},
	"identityCount":     {expr: "p.identities"},
	"entitlementCount":  {expr: "p.entitlements"},
	"density":           {expr: "p.density"},
	"freshness":         {expr: "p.freshness"},
	"quality":           {expr: "p.quality"},
	"identityAttribute": {expr: "p.distribution"},
	"scopingMethod":     {expr: "scoping", within: ofSession},
	"sessionState":      {expr: "phase", within: ofSession},
}

const (
	roleFetch      = "potential_roles AS p ON p.n = k.n"
	summaryElement = "p.head, p.rank, p.session"
)

var sessionSummaries = listing{
	from:    "potential_roles AS p",
	where:   "p.session = (SELECT n FROM sessions WHERE id = ?)",
	args:    func(l rolemining.List) []any { return []any{l.SessionID} },
	columns: summaryColumns,
	order:   []key{{expr: "p.rank", unique: true}}, // within the session
	id:      "p.id",
	keys:    "p.n",
	fetch:   roleFetch,
	element: summaryElement,
	read:    readSummaries,
}

var allSummaries = listing{
	from:    "potential_roles AS p",
	args:    noArgs,
	columns: summaryColumns,
	order:   []key{{expr: "p.created", descending: true}, {expr: "p.rank"}}, // the newest session first
	id:      "p.id",
	keys:    "p.n",
	fetch:   roleFetch,
	element: summaryElement,
	read:    readSummaries,
}

var savedRoles = listing{
	from:    "potential_roles AS p",
	where:   "p.draft IS NOT NULL",
	args:    noArgs,
	columns: map[string]column{"modified": {expr: "p.modified"}},
	id:      "p.id",
	keys:    "p.n",
	fetch:   roleFetch,
	element: "p.draft",
	read:    elements(newDocument),
}

func noArgs(rolemining.List) []any { return nil }
