package rolemining

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"mockserver/internal/criteria"
)

// attributeFilter is the part of an attribute filter that decides something;
// the rest of it is how the product's pages show it.
type attributeFilter struct {
	name     string
	operator string
	values   []string
}

// readAttributeFilter reads the object data of an element by the exact names of
// its members; encoding/json alone would take Data for data.
func readAttributeFilter(raw json.RawMessage) (f attributeFilter, ok bool) {
	var element, data map[string]json.RawMessage
	var values []*string
	ok = json.Unmarshal(raw, &element) == nil &&
		json.Unmarshal(element["data"], &data) == nil &&
		json.Unmarshal(data["name"], &f.name) == nil &&
		json.Unmarshal(data["operator"], &f.operator) == nil &&
		json.Unmarshal(data["values"], &values) == nil &&
		len(values) > 0 && !slices.Contains(values, nil)
	if !ok {
		return attributeFilter{}, false
	}
	for _, v := range values {
		f.values = append(f.values, *v)
	}
	return f, true
}

// resolve says whom a scope means, as identity indices in ascending id, and
// never nil: nobody is an answer. It unites the listed identities with the
// matches of the criteria, or takes every active identity if there is neither,
// and lets the attribute filters narrow that. It refuses a scope that names
// what does not exist or cannot be understood.
func (w *world) resolve(ctx context.Context, scope Scope) ([]int32, error) {
	filters, err := w.attributeFilters(scope.AttributeFilterCriteria)
	if err != nil {
		return nil, err
	}
	if err := w.known(scope.IdentityIDs); err != nil {
		return nil, err
	}
	search, err := w.search(scope.Criteria)
	if err != nil {
		return nil, err
	}
	listed := make(map[int]bool, len(scope.IdentityIDs))
	for _, i := range indices(w.Identities.Find, scope.IdentityIDs) {
		listed[int(i)] = true
	}
	members, who := []int32{}, w.searchable() // members is not nil, which means everyone to the engine
	for i := range w.Identities.Len() {
		if i%256 == 0 && ctx.Err() != nil { // criteria can take a while
			return nil, ctx.Err()
		}
		everybody := search == nil && len(listed) == 0 && w.Identities.Active(i)
		if w.passes(i, filters) && (everybody || listed[i] || search != nil && search.Match(who.turnTo(i))) {
			members = append(members, int32(i))
		}
	}
	return members, nil
}

// known refuses ids that no identity has, naming them.
func (w *world) known(identityIDs []string) error {
	var unknown []string
	for _, id := range identityIDs {
		if !w.knows(id) {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return refuse(BadReference, "scope.identityIds", "No identity has the id %s, named in scope.identityIds.", quoteList(unknown))
}

// search parses criteria; none, or blank ones, are nil.
func (w *world) search(text *string) (*criteria.Query, error) {
	if text == nil || strings.TrimSpace(*text) == "" {
		return nil, nil
	}
	query, err := criteria.Parse(*text, searchFields{w})
	if err != nil {
		return nil, refuse(IllegalValue, "scope.criteria", "scope.criteria cannot be used: %v", err)
	}
	return query, nil
}

func (w *world) attributeFilters(raw []json.RawMessage) ([]attributeFilter, error) {
	filters := make([]attributeFilter, 0, len(raw))
	for _, r := range raw {
		f, ok := readAttributeFilter(r)
		if !ok {
			return nil, refuse(IllegalValue, "scope.attributeFilterCriteria",
				"An element of scope.attributeFilterCriteria needs an object data with name, operator and values (an array of at least one string).")
		}
		if !slices.Contains(w.attributeNames, f.name) {
			return nil, refuse(IllegalValue, "scope.attributeFilterCriteria.data.name",
				"scope.attributeFilterCriteria.data.name %q is not an identity attribute; there are %s.", f.name, strings.Join(w.attributeNames, ", "))
		}
		if !strings.EqualFold(f.operator, "EQUALS") {
			return nil, refuse(IllegalValue, "scope.attributeFilterCriteria.data.operator",
				"scope.attributeFilterCriteria.data.operator %q is not supported; EQUALS is.", f.operator)
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// passes says whether identity i has, for each filter, one of the values it lists.
func (w *world) passes(i int, filters []attributeFilter) bool {
	for _, f := range filters {
		value := w.attribute(i, f.name)
		if value == "" || !slices.ContainsFunc(f.values, func(v string) bool { return strings.EqualFold(v, value) }) {
			return false
		}
	}
	return true
}

// quoteList writes at most five of the texts, and how many more there are.
func quoteList(texts []string) string {
	const most = 5
	quoted := make([]string, 0, most)
	for _, t := range texts[:min(most, len(texts))] {
		b, _ := json.Marshal(t) // a string always has a JSON form
		quoted = append(quoted, string(b))
	}
	list := strings.Join(quoted, ", ")
	if len(texts) > most {
		list += ", ..."
	}
	return list
}
