package truth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"mockserver/internal/problems"
)

// MaxProblems is how many problems an Error lists; Error.Count has them all.
const MaxProblems = problems.Max

// Problem is one rule that a truth.json breaks.
type Problem struct {
	// Pointer is the JSON Pointer (RFC 6901) of the value at fault, "" for the
	// whole text.
	Pointer string
	// Line and Column, from 1, say where malformed JSON stops making sense;
	// Column counts bytes. Both are 0 for any other problem.
	Line, Column int
	Rule         string // what is wrong, naming the rule
}

// String is the problem on one line, to follow the name of the file.
func (p Problem) String() string {
	switch {
	case p.Line > 0:
		return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Rule)
	case p.Pointer != "":
		return p.Pointer + ": " + p.Rule
	}
	return p.Rule
}

// Error says that a text is no truth.json. Any other error of Read is one of
// reading.
type Error struct {
	Problems []Problem // in the order of the text, unknown roles last; at most MaxProblems
	Count    int       // all problems, listed or not
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	return problems.Text("truth.json is not valid", e.Problems, e.Count)
}

// findings collects what is wrong.
type findings struct{ problems.List[Problem] }

func (p *findings) add(pointer, format string, args ...any) {
	p.Add(Problem{Pointer: pointer, Rule: fmt.Sprintf(format, args...)})
}

func (p *findings) err() error {
	if p.Count == 0 {
		return nil
	}
	return &Error{Problems: p.Problems, Count: p.Count}
}

// Read reads a truth.json. Text that breaks rules is an *Error with all of its
// problems: malformed JSON, properties that are unknown, missing or repeated,
// values of the wrong type, empty texts, ids that are taken, roles that do not
// exist.
func Read(r io.Reader) (Truth, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Truth{}, fmt.Errorf("read truth.json: %w", err)
	}
	if p, ok := malformed(text); ok {
		return Truth{}, &Error{Problems: []Problem{p}, Count: 1}
	}
	d := &decoder{dec: json.NewDecoder(bytes.NewReader(text)), roleAt: map[string]int{}}
	d.dec.UseNumber() // a number out of range is as wrong as any other, not an error of reading
	d.out.Identities = map[string]string{}
	d.object(map[string]func(){"roles": d.roles, "identities": d.identities})
	d.references()
	if err := d.findings.err(); err != nil {
		return Truth{}, err
	}
	return d.out, nil
}

// malformed says where a text stops being JSON. The rest of the package then
// reads text that is.
func malformed(text []byte) (Problem, bool) {
	if !utf8.Valid(text) {
		at := 0
		for {
			r, n := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && n == 1 {
				return place(text, at, "malformed JSON: the text is not UTF-8"), true
			}
			at += n
		}
	}
	var all json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, &all); errors.As(err, &syntax) {
		at := int(syntax.Offset)
		if !strings.Contains(syntax.Error(), "unexpected end") {
			at-- // the byte that was read last is the one at fault
		}
		return place(text, at, "malformed JSON: "+syntax.Error()), true
	} else if err != nil {
		return Problem{Rule: "malformed JSON: " + err.Error()}, true
	}
	return Problem{}, false
}

// place turns an offset into line and column.
func place(text []byte, at int, rule string) Problem {
	before := text[:max(0, min(at, len(text)))]
	return Problem{Line: bytes.Count(before, []byte{'\n'}) + 1, Column: len(before) - bytes.LastIndexByte(before, '\n'), Rule: rule}
}

// decoder walks the tokens of valid JSON and keeps what follows the rules.
type decoder struct {
	dec      *json.Decoder
	path     []string // of the value being read
	findings findings
	out      Truth
	roleAt   map[string]int // by id
	held     []holding      // in the order of the text
}

// holding says that an identity has a role, which may come later in the text.
type holding struct{ identity, role string }

// token reads the next token. The text is known to be valid, so it cannot fail.
func (d *decoder) token() json.Token {
	t, err := d.dec.Token()
	if err != nil {
		panic(fmt.Sprintf("truth: valid JSON has no next token: %v", err))
	}
	return t
}

func (d *decoder) problem(format string, args ...any) {
	d.findings.add(d.pointer(), format, args...)
}

// pointer is the JSON Pointer of the value being read.
func (d *decoder) pointer() string {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, step := range d.path {
		b.WriteByte('/')
		b.WriteString(escape.Replace(step))
	}
	return b.String()
}

// in reads a value one step further down.
func (d *decoder) in(step string, read func()) {
	d.path = append(d.path, step)
	read()
	d.path = d.path[:len(d.path)-1]
}

// skip reads over what is left of the value that starts with a token.
func (d *decoder) skip(first json.Token) {
	depth := 0
	for t := first; ; t = d.token() {
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return
		}
	}
}

// open enters an object or an array.
func (d *decoder) open(bracket json.Delim, want string) bool {
	t := d.token()
	if t != bracket {
		d.problem("must be %s", want)
		d.skip(t)
	}
	return t == bracket
}

// members reads each member of an object.
func (d *decoder) members(each func(name string)) bool {
	if !d.open('{', "an object") {
		return false
	}
	for d.dec.More() {
		name := d.token().(string)
		d.in(name, func() { each(name) })
	}
	d.token()
	return true
}

// object reads an object that has exactly the properties given.
func (d *decoder) object(properties map[string]func()) {
	seen := map[string]bool{}
	isObject := d.members(func(name string) {
		read, known := properties[name]
		switch {
		case !known:
			d.problem("unknown property; known are %s", strings.Join(sortedKeys(properties), ", "))
		case seen[name]:
			d.problem("the property is there twice")
		}
		if !known || seen[name] {
			d.skip(d.token())
			return
		}
		seen[name] = true
		read()
	})
	for _, name := range sortedKeys(properties) {
		if isObject && !seen[name] {
			d.problem("the property %q is missing", name)
		}
	}
}

// array reads each element of an array.
func (d *decoder) array(each func()) {
	if !d.open('[', "an array") {
		return
	}
	for n := 0; d.dec.More(); n++ {
		d.in(fmt.Sprint(n), each)
	}
	d.token()
}

// text reads a text that is not empty, or returns "".
func (d *decoder) text() string {
	t := d.token()
	s, ok := t.(string)
	switch {
	case !ok:
		d.problem("must be a text")
		d.skip(t)
	case s == "":
		d.problem("must not be empty")
	}
	return s
}

func (d *decoder) roles() {
	d.array(func() {
		r := Role{}
		d.object(map[string]func(){
			"id":             func() { r.ID = d.claim() },
			"name":           func() { r.Name = d.text() },
			"entitlementIds": func() { r.EntitlementIDs = d.set() },
		})
		d.out.Roles = append(d.out.Roles, r)
	})
}

// claim reads an id that no other role has.
func (d *decoder) claim() string {
	id := d.text()
	if first, taken := d.roleAt[id]; taken {
		d.problem("the id %q is taken by the role /roles/%d", id, first)
	} else if id != "" {
		d.roleAt[id] = len(d.out.Roles)
	}
	return id
}

// set reads texts of which none comes twice.
func (d *decoder) set() []string {
	out, seen := []string{}, map[string]bool{}
	d.array(func() {
		id := d.text()
		if seen[id] && id != "" {
			d.problem("%q is there twice", id)
		}
		seen[id] = true
		out = append(out, id)
	})
	return out
}

func (d *decoder) identities() {
	d.members(func(id string) {
		if _, twice := d.out.Identities[id]; twice {
			d.problem("the identity is there twice")
		}
		if id == "" {
			d.problem("an identity's id must not be empty")
		}
		role := d.text()
		d.out.Identities[id] = role
		d.held = append(d.held, holding{id, role})
	})
}

// references looks for roles that do not exist, once all are known.
func (d *decoder) references() {
	for _, h := range d.held {
		if _, ok := d.roleAt[h.role]; !ok && h.role != "" {
			d.in("identities", func() {
				d.in(h.identity, func() { d.problem("no role has the id %q", h.role) })
			})
		}
	}
}

// sortedKeys are the keys of a map in ascending order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
