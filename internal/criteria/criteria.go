// Package criteria reads the search queries that say which identities a role
// mining session looks at, and matches them against documents. The language is
// a subset of the query strings of Elasticsearch with the nested queries of the
// product's search. What is outside the subset is an error, never an empty
// result.
//
// The package is pure: it knows neither identities nor the store. Which names
// can be searched is said by a Fields, and what is searched is a Document.
//
// # Language
//
//	name:austin                a word of the field
//	name:"San Marcos"          words of the field, one after the other
//	name:a*  name:?ustin       * is any text, ? is any one character
//	name:(austin OR dallas)    several terms for one field
//	name:[a TO b]  name:{a TO b]  name:>=a    ranges; { and } leave the bound out, * is open
//	_exists_:name  name:*      the field has a value
//	austin                     a word of any field
//	*  *:*                     everything
//	a AND b, a && b            both
//	a OR b, a || b             either
//	NOT a, !a                  not
//	( )                        grouping
//	@access(name:x AND id:y)   a nested query: one single item meets all of it
//	\x                         the character x without its special meaning
//
// NOT binds tighter than AND, and AND tighter than OR. The operators are in
// upper case; in lower case they are words to search for. A blank may follow
// the colon, as it does in the documents' own `@access(name: ("reporter"))`.
//
// Terms with only a blank between them are alternatives, because the product's
// help says that a blank is treated as an OR, which is also the default of
// Elasticsearch. In such a row `+a` must be met and then the plain terms are
// optional, and `-a`, `!a` or `NOT a` must not be met whatever else is: `a NOT
// b` is a without b. A row is taken apart last: `a OR b -c` is (a OR b) without
// c. Elasticsearch reads AND and OR in one row without any precedence, which
// surprises everybody; here they have the usual one.
//
// # Matching
//
// Case never matters. As in an analysed text field, a value is a row of words: a
// word is a run of letters, digits and underscores, and a point or apostrophe
// between two of these belongs to it (amanda.ross is one word, San-Marcos two).
// A term without wildcards, quoted or not, matches a value that has the term's
// words one after the other. A term with wildcards matches a whole value or one
// whole word of it; in quotes, * and ? are ordinary characters.
//
// The suffix .exact on a field (name.exact:"Austin") compares whole values and
// minds the case.
//
// A range whose bounds are numbers or dates matches only values that are such;
// any other range compares as text. A bound like 2018 or 2018-05 means the whole
// year or month.
package criteria

import "fmt"

// Limits of a query. Beyond them Parse answers an error.
const (
	// MaxText is the longest query, in bytes.
	MaxText = 16 << 10
	// MaxDepth is how deep parentheses, NOT and nested queries may nest.
	MaxDepth = 50
	// MaxCost bounds the work of a query. A term costs 1: four times as much if
	// it has wildcards, four times if it names no field, since it then looks at
	// all of them, and twice in a nested query, which looks at every item. So
	// there may be 256 terms like id:x, 64 words and 16 words with wildcards.
	MaxCost = 256
)

// Fields tells which names may be searched.
type Fields interface {
	// Field tells whether a document has the field.
	Field(name string) bool
	// NestedField tells whether the items of a nested list (such as access)
	// have the field.
	NestedField(nested, name string) bool
	// Names lists fields for messages; it need not be complete.
	Names() []string
	// NestedNames lists all fields of the items of a nested list. It is empty
	// if there is no such list. A bare word in a nested query searches these.
	NestedNames(nested string) []string
}

// Document is one thing that a query is matched against.
type Document interface {
	// Values gives every value of a field; none if the field is absent.
	Values(field string) []string
	// AllValues gives the values of all fields to yield, until it answers
	// false. Bare words search these.
	AllValues(yield func(string) bool)
	// Nested gives each item of a nested list to yield, as a function from
	// field to values, until yield answers false.
	Nested(name string, yield func(values func(field string) []string) bool)
}

// Query is a parsed query. It is immutable and safe for concurrent use.
type Query struct{ root node }

// Match tells whether the document meets the query.
func (q *Query) Match(d Document) bool { return q.root.match(scope{doc: d}) }

// Error is what Parse answers for a query that it does not take.
type Error struct {
	// Offset is the byte of the text at which the mistake stands, from 0.
	Offset int
	// Message says what is wrong and what is supported instead.
	Message string
}

// Error is the message with its position, counted from 1.
func (e *Error) Error() string {
	return fmt.Sprintf("criteria, position %d: %s", e.Offset+1, e.Message)
}
