package assignments

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mockserver/internal/orggen"
)

// namer names those whom the files do not name.
type namer struct {
	made  *orggen.PersonNames
	taken map[string]bool
	next  map[string]int // by user name: the number to try next
	count int            // how many names were made up
}

func newNamer() *namer {
	return &namer{made: orggen.NewPersonNames(), taken: map[string]bool{}, next: map[string]int{}}
}

// names are the user name and the name for people of an identity. What the file
// has is kept. An id that spells a name serves as one. Otherwise the id decides
// which name is made up.
func (n *namer) names(id, name, display string) (user, shown string) {
	switch {
	case name != "" && display != "":
		return name, display
	case name != "":
		if spelt := spelling(name); spelt != "" {
			return name, spelt
		}
		return name, name
	case display != "":
		return n.unique(userName(display)), display
	}
	if spelt := spelling(id); spelt != "" {
		return n.unique(id), spelt
	}
	n.count++
	first, last := n.made.Of(id)
	return n.unique(userName(first + " " + last)), first + " " + last
}

// spelling is the name of a person out of "amanda.ross", "amanda_ross" or
// "amanda.ross@example.com"; "" for any other text.
func spelling(text string) string {
	text, _, _ = strings.Cut(text, "@")
	words := strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == '_' || r == ' ' })
	if len(words) < 2 {
		return ""
	}
	for i, w := range words {
		letters := []rune(w)
		strange := func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' }
		if !unicode.IsLetter(letters[0]) || slices.ContainsFunc(letters, strange) {
			return ""
		}
		letters[0] = unicode.ToUpper(letters[0])
		words[i] = string(letters)
	}
	return strings.Join(words, " ")
}

// userName is a name for people as a user name: "Amanda Ross" is amanda.ross.
func userName(display string) string {
	return strings.ToLower(strings.Join(strings.Fields(display), "."))
}

// unique is a user name, with a number behind it if others have it.
func (n *namer) unique(base string) string {
	name := base
	for n.taken[name] {
		n.next[base] = max(n.next[base], 1) + 1
		name = base + strconv.Itoa(n.next[base])
	}
	n.taken[name] = true
	return name
}
