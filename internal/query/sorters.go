package query

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// parseSorters reads a sorters parameter; nil if it is empty.
func (s Schema) parseSorters(text string) ([]SortKey, *Error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var keys []SortKey
	pos := 1
	for part := range strings.SplitSeq(text, ",") {
		k, err := s.sortKey(strings.TrimSpace(part), pos)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(keys, func(o SortKey) bool { return o.Field == k.Field }) {
			return nil, fail(IllegalValue, pos, "%s is named twice, again at position %d; name each field once", k.Field, pos)
		}
		keys = append(keys, k)
		pos += utf8.RuneCountInString(part) + 1
	}
	return keys, nil
}

// sortKey reads one element of the list.
func (s Schema) sortKey(text string, pos int) (SortKey, *Error) {
	name, descending := strings.CutPrefix(text, "-")
	if name == "" {
		return SortKey{}, fail(SyntaxError, pos, "a field is missing at position %d; %s", pos, s.supportedSorters())
	}
	if canonical, ok := s.SorterAliases[name]; ok {
		name = canonical
	}
	if !slices.Contains(s.Sorters, name) {
		return SortKey{}, fail(UnsupportedField, pos, "the field %s at position %d is not supported; %s",
			quoteShort(name), pos, s.supportedSorters())
	}
	return SortKey{Field: name, Descending: descending}, nil
}

// supportedSorters lists the fields to sort by for a message.
func (s Schema) supportedSorters() string {
	if len(s.Sorters) == 0 {
		return "this collection cannot be sorted"
	}
	return "supported are " + strings.Join(s.Sorters, ", ") + ", each with a - before it for descending order"
}
