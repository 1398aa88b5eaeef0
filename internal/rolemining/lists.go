package rolemining

import (
	"slices"

	"mockserver/internal/query"
)

// ListKind names a collection of the API.
type ListKind int

// The collections.
const (
	SessionList ListKind = iota + 1
	SessionSummaries
	AllSummaries
	SavedRoles
	RoleApplications
	RoleEntitlementRefs
	RolePopularities
	RoleExcluded
	RoleIdentities
	SourceUsage
)

// Schema is what the collection can be filtered and sorted by. Each entry is as
// documented for its operation (docs/fidelity.md, "Lists"); what differs from
// the documents is said beside it.
func (k ListKind) Schema() query.Schema { return schemas[k] }

var (
	equal    = []query.Op{query.Equal}
	prefix   = []query.Op{query.StartsWith}
	contains = []query.Op{query.Contains}
	freeText = []query.Op{query.StartsWith, query.Contains}
	text     = []query.Op{query.Equal, query.StartsWith, query.Contains}
	from     = []query.Op{query.GreaterOrEqual, query.Greater}
	until    = []query.Op{query.LessOrEqual, query.Less}
	ordered  = []query.Op{query.Equal, query.GreaterOrEqual, query.Greater, query.LessOrEqual, query.Less}
)

var accessFilters = []query.Field{
	{Name: "applicationName", Kind: query.String, Ops: prefix},
	{Name: "entitlementRef.name", Kind: query.String, Ops: prefix},
}

// summaryFilters are those that both lists of summaries have in the same form.
var summaryFilters = []query.Field{
	{Name: "createdById", Kind: query.String, Ops: text},
	{Name: "createdByName", Kind: query.String, Ops: text},
	{Name: "description", Kind: query.String, Ops: freeText},
	{Name: "endDate", Kind: query.Time, Ops: until},
	{Name: "freshness", Kind: query.Int, Ops: ordered},
	{Name: "quality", Kind: query.Int, Ops: ordered},
	{Name: "startDate", Kind: query.Time, Ops: from},
	{Name: "saved", Kind: query.Bool, Ops: equal},
}

var schemas = map[ListKind]query.Schema{
	SessionList: {
		Filters: []query.Field{
			{Name: "saved", Kind: query.Bool, Ops: equal},
			{Name: "name", Kind: query.String, Ops: []query.Op{query.Equal, query.StartsWith}},
		},
		Sorters:     []string{"createdBy", "createdDate"},
		DefaultSort: []query.SortKey{{Field: "createdDate", Descending: true}},
	},
	SessionSummaries: {
		Filters: slices.Concat(summaryFilters, []query.Field{
			{Name: "name", Kind: query.String, Ops: text},
			{Name: "type", Kind: query.String, Ops: equal},
		}),
		// Only createdDate is documented today; the others are of the 2022 text.
		Sorters: []string{"createdDate", "identityCount", "density", "freshness", "quality"},
	},
	AllSummaries: {
		Filters: slices.Concat(summaryFilters, []query.Field{
			{Name: "name", Kind: query.String, Ops: slices.Concat(text, from, until)},
			{Name: "type", Kind: query.String, Ops: ordered},
			{Name: "scopingMethod", Kind: query.String, Ops: equal},
			{Name: "sessionState", Kind: query.String, Ops: equal},
			{Name: "identityAttribute", Kind: query.String, Ops: contains},
		}),
		Sorters: []string{"createdDate", "identityCount", "entitlementCount", "freshness", "quality"},
	},
	SavedRoles: {
		Sorters:     []string{"modified"},
		DefaultSort: []query.SortKey{{Field: "modified", Descending: true}},
	},
	RoleApplications: {
		Filters:     []query.Field{{Name: "applicationName", Kind: query.String, Ops: prefix}},
		DefaultSort: []query.SortKey{{Field: "applicationName"}},
	},
	RoleEntitlementRefs: {
		Filters:     []query.Field{{Name: "entitlementRef.name", Kind: query.String, Ops: prefix}},
		DefaultSort: []query.SortKey{{Field: "entitlementRef.name"}},
	},
	RolePopularities: {
		Filters:     accessFilters,
		Sorters:     []string{"popularity", "entitlementName", "applicationName"},
		DefaultSort: []query.SortKey{{Field: "popularity", Descending: true}},
	},
	RoleExcluded: {
		Filters: accessFilters,
		Sorters: []string{"popularity"},
		// The documents' own example has the misspelling.
		SorterAliases: map[string]string{"populariity": "popularity"},
		DefaultSort:   []query.SortKey{{Field: "popularity", Descending: true}},
	},
	RoleIdentities: {
		Filters:     []query.Field{{Name: "name", Kind: query.String, Ops: prefix}},
		Sorters:     []string{"name"},
		DefaultSort: []query.SortKey{{Field: "name"}},
	},
	SourceUsage: {
		Sorters:     []string{"displayName", "email", "usageCount"},
		DefaultSort: []query.SortKey{{Field: "displayName"}},
	},
}
