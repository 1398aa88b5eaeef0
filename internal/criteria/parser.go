package criteria

import "strings"

// occur says what an element of a row of clauses asks for.
type occur int

const (
	optional occur = iota
	required
	prohibited
)

// target is what a term is about: a field, or anything.
type target struct {
	field string
	// exact compares whole values and minds the case.
	exact bool
	// set tells that there is a field.
	set bool
}

// parser reads a query by recursive descent, straight from the text.
type parser struct {
	reader
	fields Fields
	// list is the nested list that the clause at hand is about, or "".
	list  string
	depth int
	cost  int
}

// Parse reads a query. The error is an *Error.
func Parse(text string, fields Fields) (*Query, error) {
	p := &parser{reader: reader{text: text}, fields: fields}
	root, err := p.parse()
	if err != nil {
		return nil, err
	}
	return &Query{root: root}, nil
}

func (p *parser) parse() (node, *Error) {
	if err := p.checkText(); err != nil {
		return nil, err
	}
	if p.skipBlanks(); p.atEnd() {
		return nil, failAt(0, "the query is empty; * finds everything")
	}
	root, err := p.row(target{})
	if err != nil {
		return nil, err
	}
	if !p.atEnd() {
		return nil, failAt(p.pos, "this ) closes nothing")
	}
	return root, nil
}

// row reads clauses that have only blanks between them, up to a closing
// parenthesis or the end.
func (p *parser) row(t target) (node, *Error) {
	var must, may, not []node
	for first := true; ; first = false {
		p.skipBlanks()
		if !first && (p.atEnd() || p.cur() == ')') {
			break
		}
		n, role, err := p.or(t)
		if err != nil {
			return nil, err
		}
		switch role {
		case required:
			must = append(must, n)
		case prohibited:
			not = append(not, noneOf{n})
		default:
			may = append(may, n)
		}
	}
	if len(must) == 0 && len(may) > 0 {
		must = append(must, join(may, asAny))
	}
	return join(append(must, not...), asAll), nil
}

// join makes one node of one or more.
func join(parts []node, build func([]node) node) node {
	if len(parts) == 1 {
		return parts[0]
	}
	return build(parts)
}

func asAny(parts []node) node { return anyOf(parts) }
func asAll(parts []node) node { return allOf(parts) }

// or reads clauses joined by OR. A sign before a clause that is joined to
// another has no meaning for the row.
func (p *parser) or(t target) (node, occur, *Error) {
	return p.joined(p.and, t, asAny, "OR", "||")
}

func (p *parser) and(t target) (node, occur, *Error) {
	return p.joined(p.unary, t, asAll, "AND", "&&")
}

// joined reads one operand or several with an operator between them.
func (p *parser) joined(operand func(target) (node, occur, *Error), t target,
	build func([]node) node, operators ...string,
) (node, occur, *Error) {
	var parts []node
	for {
		n, role, err := operand(t)
		if err != nil {
			return nil, optional, err
		}
		more := p.operator(operators...)
		if !more && len(parts) == 0 {
			return n, role, nil
		}
		if role == prohibited {
			n = noneOf{n}
		}
		parts = append(parts, n)
		if !more {
			return build(parts), optional, nil
		}
	}
}

// unary reads a clause with the signs before it. What it returns for a
// prohibited clause is the clause itself.
func (p *parser) unary(t target) (node, occur, *Error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > MaxDepth+1 {
		return nil, optional, failAt(p.pos, "the query nests deeper than %d", MaxDepth)
	}
	role, err := p.sign()
	if err != nil {
		return nil, optional, err
	}
	if role == optional {
		n, err := p.clause(t)
		return n, optional, err
	}
	n, inner, err := p.unary(t)
	if inner == prohibited {
		n = noneOf{n}
	}
	return n, role, err
}

// sign reads NOT, !, - or + before a clause.
func (p *parser) sign() (occur, *Error) {
	if p.operator("NOT", "!") {
		return prohibited, nil
	}
	if p.skipBlanks(); p.atEnd() || p.cur() != '-' && p.cur() != '+' {
		return optional, nil
	}
	role := prohibited
	if p.cur() == '+' {
		role = required
	}
	p.pos++
	if p.atEnd() || isBlank(p.cur()) {
		return optional, failAt(p.pos-1, "%c stands directly before the term it belongs to", p.text[p.pos-1])
	}
	return role, nil
}

// clause reads a group, a nested query or a term.
func (p *parser) clause(t target) (node, *Error) {
	p.skipBlanks()
	start := p.pos
	if p.atEnd() {
		return nil, failAt(start, "a search term is missing at the end")
	}
	if op := p.peekOperator("AND", "OR", "NOT", "&&", "||"); op != "" {
		return nil, failAt(start, "a search term is missing before %s; put the word in quotes to search for it", op)
	}
	switch c := p.cur(); {
	case c == '(':
		return p.group(t)
	case c == '"':
		text, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return p.textTerm(t, start, text)
	case c == '@' && !t.set:
		return p.nestedQuery()
	case c == '[' || c == '{' || c == '<' || c == '>':
		return p.rangeTerm(t)
	}
	return p.wordOrField(t)
}

// group reads a parenthesised row.
func (p *parser) group(t target) (node, *Error) {
	open := p.pos
	p.pos++
	if p.skipBlanks(); !p.atEnd() && p.cur() == ')' {
		return nil, failAt(open, "there is nothing between the parentheses")
	}
	n, err := p.row(t)
	if err != nil {
		return nil, err
	}
	if p.atEnd() {
		return nil, failAt(open, "this ( is not closed")
	}
	p.pos++
	return n, nil
}

// nestedQuery reads @list(row).
func (p *parser) nestedQuery() (node, *Error) {
	start := p.pos
	p.pos++
	name := p.identifier()
	names := p.fields.NestedNames(name)
	switch {
	case p.atEnd() || p.cur() != '(':
		return nil, failAt(start, "a nested query looks like @access(name:x)")
	case p.list != "":
		return nil, failAt(start, "a nested query inside a nested query is not supported")
	case len(names) == 0:
		return nil, failAt(start, "there is nothing nested of the name %s%s", clip(name), p.nestedHint())
	}
	p.list = name
	part, err := p.group(target{})
	p.list = ""
	if err != nil {
		return nil, err
	}
	return nested{list: name, names: names, part: part}, nil
}

// nestedHint names the nested list that the documents use, if there is one.
func (p *parser) nestedHint() string {
	names := p.fields.NestedNames("access")
	if len(names) == 0 {
		return ""
	}
	return "; supported is @access with the fields " + listNames(names)
}

// wordOrField reads a bare word, and what follows if it is a field.
func (p *parser) wordOrField(t target) (node, *Error) {
	start := p.pos
	w, err := p.word()
	if err != nil {
		return nil, err
	}
	if p.atEnd() || p.cur() != ':' {
		return p.wordTerm(t, start, w)
	}
	if w.isAnything() && strings.HasPrefix(p.text[p.pos:], ":*") && !t.set {
		p.pos += len(":*")
		return everything{}, p.spend(start, 1)
	}
	switch {
	case t.set:
		return nil, failAt(p.pos, "a value that holds a : must stand in quotes, or be written \\:")
	case w.wild:
		return nil, failAt(start, "wildcards in the name of a field are not supported")
	}
	p.pos++
	if w.text == "_exists_" {
		return p.existsTerm()
	}
	f, err := p.field(start, w.text)
	if err != nil {
		return nil, err
	}
	p.skipBlanks()
	if p.atEnd() || p.cur() == ')' {
		return nil, failAt(p.pos, "a value is missing after %s:", clip(w.text))
	}
	if strings.IndexByte("+-!", p.cur()) >= 0 {
		return nil, failAt(p.pos, "the sign %c stands before the field; put the value in quotes if it belongs to it", p.cur())
	}
	return p.clause(f)
}

// existsTerm reads the field of _exists_.
func (p *parser) existsTerm() (node, *Error) {
	p.skipBlanks()
	start := p.pos
	if p.atEnd() {
		return nil, failAt(start, "the name of a field is missing after _exists_:")
	}
	w, err := p.word()
	if err != nil {
		return nil, err
	}
	f, err := p.field(start, w.text)
	if err != nil {
		return nil, err
	}
	return exists{f.field}, p.spend(start, 1)
}

// field checks the name of a field; start is where it stands.
func (p *parser) field(start int, name string) (target, *Error) {
	has, names := p.fields.Field, p.fields.Names
	if p.list != "" {
		has = func(name string) bool { return p.fields.NestedField(p.list, name) }
		names = func() []string { return p.fields.NestedNames(p.list) }
	}
	if has(name) {
		return target{field: name, set: true}, nil
	}
	if base, ok := strings.CutSuffix(name, ".exact"); ok && has(base) {
		return target{field: base, exact: true, set: true}, nil
	}
	return target{}, failAt(start, "%s cannot be searched; supported are %s", clip(name), listNames(names()))
}

// spend adds what a term costs; start is where the term stands.
func (p *parser) spend(start, cost int) *Error {
	if p.list != "" {
		cost *= 2
	}
	if p.cost += cost; p.cost > MaxCost {
		return failAt(start, "the query asks for too much: it may have %d terms, counting four for each with wildcards, "+
			"four for each without a field (sixteen for both) and twice as many inside @access", MaxCost)
	}
	return nil
}

// textTerm is a term without wildcards.
func (p *parser) textTerm(t target, start int, text string) (node, *Error) {
	if t.exact {
		return p.term(t, start, exact(text))
	}
	return p.term(t, start, newPhrase(text))
}

func (p *parser) wordTerm(t target, start int, w word) (node, *Error) {
	switch {
	case w.isAnything() && t.set:
		return exists{t.field}, p.spend(start, 1)
	case w.isAnything():
		return everything{}, p.spend(start, 1)
	case w.wild:
		return p.term(t, start, newGlob(w.pattern, t.exact))
	}
	return p.textTerm(t, start, w.text)
}

func (p *parser) term(t target, start int, test matcher) (node, *Error) {
	cost := 1
	if _, wild := test.(glob); wild {
		cost *= 4
	}
	if !t.set {
		return anywhere{test}, p.spend(start, 4*cost)
	}
	return term{field: t.field, test: test}, p.spend(start, cost)
}

// rangeTerm reads [a TO b], its relatives, and >=a.
func (p *parser) rangeTerm(t target) (node, *Error) {
	start := p.pos
	if !t.set {
		return nil, failAt(start, "a range belongs to a field, as in name:[a TO b]")
	}
	read := p.interval
	if c := p.cur(); c == '<' || c == '>' {
		read = p.comparison
	}
	s, err := read()
	if err != nil {
		return nil, err
	}
	return p.term(t, start, s)
}
