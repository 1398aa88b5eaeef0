package coverage

import (
	"net/url"
	"slices"
	"strings"

	"mockserver/internal/journal/jsonscan"
)

// namesOfQuery are the names in a query string, and those in its filters and
// sorters, each once. What is not well-formed is counted as far as it can be read.
func namesOfQuery(query string) (parameters, filters, sorters []string) {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name)
		parameters = addOnce(parameters, name)
		switch name {
		case "filters":
			filters = comparisons(unescape(value))
		case "sorters":
			sorters = sortKeys(unescape(value))
		}
	}
	return parameters, filters, sorters
}

func unescape(text string) string {
	if !strings.ContainsAny(text, "%+") {
		return text
	}
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// addOnce bounds what one request can add, too. What has no name, such as the path
// of a patch of the whole object, cannot be told.
func addOnce(names []string, name string) []string {
	name = strings.ToValidUTF8(name, "\ufffd")
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "..."
	}
	if name == "" || len(names) >= 2*maxNames || slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func sortKeys(text string) []string {
	var all []string
	for key := range strings.SplitSeq(text, ",") {
		all = addOnce(all, strings.TrimPrefix(strings.TrimSpace(key), "-"))
	}
	return all
}

// comparisons are the fields of a filter with their operators: "name sw". The
// filter need not be one that the API takes.
func comparisons(filter string) []string {
	var all []string
	words := wordsOf(filter)
	for i, word := range words {
		switch {
		case i == 0:
		case word == "isnull" || isOperator(word) && i+1 < len(words):
			if words[i-1] != "" {
				all = addOnce(all, words[i-1]+" "+word)
			}
		case words[i-1] == "pr" && word != "" && !isOperator(word):
			all = addOnce(all, word+" pr")
		}
	}
	return all
}

func isOperator(word string) bool {
	return slices.Contains([]string{"eq", "ne", "co", "sw", "ge", "gt", "le", "lt", "in", "ca"}, word)
}

// wordsOf takes a filter apart; a text in quotes is an empty word.
func wordsOf(filter string) []string {
	var words []string
	for len(words) < 4*maxNames {
		filter = strings.TrimLeft(filter, " \t()")
		switch {
		case filter == "":
			return words
		case filter[0] == '"':
			end := 1
			for end < len(filter) && filter[end] != '"' {
				if filter[end] == '\\' {
					end++
				}
				end++
			}
			filter = filter[min(end+1, len(filter)):]
			words = append(words, "")
		default:
			end := strings.IndexAny(filter, " \t()\"")
			if end < 0 {
				end = len(filter)
			}
			words, filter = append(words, filter[:end]), filter[end:]
		}
	}
	return words
}

// maxDepth is how deep properties are looked for.
const maxDepth = 3

// namesOfBody are the properties of a JSON object and of the objects in it, as JSON
// Pointers; arrays are not looked into. Of a JSON Patch they are its paths.
func namesOfBody(body []byte, patch bool) []string {
	if len(body) == 0 {
		return nil
	}
	first, ok := jsonscan.Next(body, 0)
	switch {
	case !ok:
		return nil
	case patch && first.Kind == '[':
		return pathsOf(body, first.End)
	case !patch && first.Kind == '{':
		names, _ := namesOfObject(nil, body, first.End, "", 1)
		return names
	}
	return nil
}

// namesOfObject adds the properties of an object, of which the opening bracket was
// read, and returns where it ends.
func namesOfObject(names []string, body []byte, at int, above string, depth int) ([]string, int) {
	for {
		name, value, ok := member(body, at)
		if !ok {
			return names, len(body)
		}
		if name == nil { // the end
			return names, value.End
		}
		pointer := above + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(*name)
		names = addOnce(names, pointer)
		if value.Kind == '{' && depth < maxDepth {
			names, at = namesOfObject(names, body, value.End, pointer, depth+1)
		} else {
			at = jsonscan.SkipValue(body, value)
		}
	}
}

// member reads the next member of an object: its name and the first token of its
// value. At the end of the object there is no name, and ok is false where the
// text ends or is no JSON.
func member(body []byte, at int) (name *string, value jsonscan.Token, ok bool) {
	t, ok := jsonscan.Next(body, at)
	if ok && t.Kind == ',' {
		t, ok = jsonscan.Next(body, t.End)
	}
	if !ok || t.Kind == '}' {
		return nil, t, ok
	}
	colon, ok := jsonscan.Next(body, t.End)
	if !ok || t.Kind != jsonscan.String || colon.Kind != ':' {
		return nil, t, false
	}
	text := jsonscan.Unquote(body[t.Start:t.End])
	value, ok = jsonscan.Next(body, colon.End)
	return &text, value, ok
}

// pathsOf are the paths of the operations in an array, of which the opening bracket
// was read.
func pathsOf(body []byte, at int) []string {
	var paths []string
	for {
		t, ok := jsonscan.Next(body, at)
		if !ok || t.Kind == ']' {
			return paths
		}
		if at = t.End; t.Kind != '{' {
			continue
		}
		for {
			name, value, ok := member(body, at)
			if !ok {
				return paths
			}
			if at = value.End; name == nil {
				break
			}
			if at = jsonscan.SkipValue(body, value); *name == "path" && value.Kind == jsonscan.String {
				paths = addOnce(paths, jsonscan.Unquote(body[value.Start:value.End]))
			}
		}
	}
}
