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
	// rows is the table and n its row number. A page is picked out of an index, and
	// sorted, without its documents, which are then read from fetch by the row
	// number k.n.
	rows, n, fetch string
	// total is the name in totals of a collection that is a whole table.
	total string
	// small says that from and where leave few rows, found by an index of their
	// own, so that no other index is wanted.
	small bool
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
	from:  "sessions AS s",
	args:  noArgs,
	rows:  "sessions AS s",
	n:     "s.n",
	fetch: "sessions AS s ON s.n = k.n",
	total: "sessions",
	columns: map[string]column{
		"saved":       {expr: "s.saved"},
		"name":        {expr: "s.name"},
		"createdBy":   {expr: "s.creator"},
		"createdDate": {expr: "s.created"},
	},
	id:      "s.id",
	element: "s.doc",
	read:    elements(newDocument),
}

// The conditions on the session and on the documents of a role: one that finds
// the roles, and one for a role that was found.
const (
	ofSession       = "p.session IN (SELECT n FROM sessions WHERE %s)"
	hasSession      = "EXISTS (SELECT 1 FROM sessions AS s WHERE s.n = p.session AND %s)"
	hasDistribution = "EXISTS (SELECT 1 FROM role_documents AS d WHERE d.n = p.n AND %s)"
)

var summaryColumns = map[string]column{
	"createdById":       {expr: "p.creator_id"},
	"createdByName":     {expr: "p.creator"},
	"description":       {expr: "p.description", sparse: true},
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
	"identityAttribute": {expr: "distribution", within: hasDistribution, each: hasDistribution},
	"scopingMethod":     {expr: "scoping", within: ofSession, each: hasSession},
	"sessionState":      {expr: "phase", within: ofSession, each: hasSession},
}

const (
	roleRows       = "potential_roles AS p"
	roleDocuments  = "role_documents AS d ON d.n = k.n"
	summaryElement = "d.head, d.rank, d.session"
)

var sessionSummaries = listing{
	from:    roleRows,
	where:   "p.session = (SELECT n FROM sessions WHERE id = ?)",
	args:    func(l rolemining.List) []any { return []any{l.SessionID} },
	small:   true,
	columns: summaryColumns,
	order:   []key{{expr: "p.rank", unique: true}}, // within the session
	id:      "p.id",
	rows:    roleRows,
	n:       "p.n",
	fetch:   roleDocuments,
	element: summaryElement,
	read:    readSummaries,
}

var allSummaries = listing{
	from:    roleRows,
	args:    noArgs,
	columns: summaryColumns,
	order:   []key{{expr: "p.created", descending: true}, {expr: "p.rank"}}, // the newest session first
	total:   "potential_roles",
	id:      "p.id",
	rows:    roleRows,
	n:       "p.n",
	fetch:   roleDocuments,
	element: summaryElement,
	read:    readSummaries,
}

var savedRoles = listing{
	from:    roleRows,
	where:   "p.saved",
	args:    noArgs,
	columns: map[string]column{"modified": {expr: "p.modified"}},
	id:      "p.id",
	rows:    roleRows,
	n:       "p.n",
	fetch:   roleDocuments,
	element: "d.draft",
	read:    elements(newDocument),
}

func noArgs(rolemining.List) []any { return nil }
