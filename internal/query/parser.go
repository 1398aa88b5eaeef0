package query

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// parser reads one filter. Comparisons are checked against the schema as they
// are read.
type parser struct {
	schema Schema
	tokens []token
	at     int
	depth  int
	values int
}

// parseFilter reads a filters parameter; nil if it is empty.
func (s Schema) parseFilter(text string) (Expr, *Error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 1 {
		return nil, nil
	}
	p := &parser{schema: s, tokens: tokens}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != endToken {
		return nil, p.trailing(t)
	}
	return e, nil
}

// checkText refuses what is too long or not text at all.
func checkText(text string) *Error {
	if len(text) > MaxText {
		return fail(OutOfRange, 0, "the text is %d bytes long; at most %d are supported", len(text), MaxText)
	}
	if !utf8.ValidString(text) {
		return fail(SyntaxError, 0, "the text is not valid UTF-8")
	}
	return nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

// take returns the current token and goes on; at the end it stays.
func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != endToken {
		p.at++
	}
	return t
}

// word tells whether the current token is this bare word, and takes it if so.
func (p *parser) word(text string) bool {
	if t := p.peek(); t.kind == wordToken && t.text == text {
		p.at++
		return true
	}
	return false
}

// unexpected is a syntax error at a token.
func unexpected(t token, expected string) *Error {
	return fail(SyntaxError, t.pos, "unexpected %s at position %d; expected %s", t.describe(), t.pos, expected)
}

// trailing is the error for something after a complete expression.
func (p *parser) trailing(t token) *Error {
	if t.kind == closeToken {
		return fail(SyntaxError, t.pos, "the ) at position %d closes nothing", t.pos)
	}
	if low := strings.ToLower(t.text); t.kind == wordToken && (low == "and" || low == "or") {
		return fail(SyntaxError, t.pos, "%q at position %d must be in lower case: %s", t.text, t.pos, low)
	}
	return unexpected(t, "and, or, a closing ) or the end")
}

func (p *parser) or() (Expr, *Error) {
	var parts []Expr
	for {
		e, err := p.and()
		if err != nil {
			return nil, err
		}
		if inner, same := e.(Or); same {
			parts = append(parts, inner.Exprs...)
		} else {
			parts = append(parts, e)
		}
		if !p.word("or") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return Or{parts}, nil
}

func (p *parser) and() (Expr, *Error) {
	var parts []Expr
	for {
		e, err := p.factor()
		if err != nil {
			return nil, err
		}
		if inner, same := e.(And); same {
			parts = append(parts, inner.Exprs...)
		} else {
			parts = append(parts, e)
		}
		if !p.word("and") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return And{parts}, nil
}

func (p *parser) factor() (Expr, *Error) {
	t := p.peek()
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > MaxDepth+1 {
		return nil, fail(OutOfRange, t.pos, "the nesting at position %d is deeper than %d", t.pos, MaxDepth)
	}
	if p.word("not") {
		e, err := p.factor()
		if err != nil {
			return nil, err
		}
		return Not{e}, nil
	}
	if t.kind == openToken {
		return p.group()
	}
	return p.comparison()
}

// group reads a parenthesised expression; the current token is its opening.
func (p *parser) group() (Expr, *Error) {
	open := p.take()
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	switch t := p.take(); t.kind {
	case closeToken:
		return e, nil
	case endToken:
		return nil, fail(SyntaxError, open.pos, "the ( at position %d is not closed", open.pos)
	default:
		return nil, p.trailing(t)
	}
}

func (p *parser) comparison() (Expr, *Error) {
	if p.word("pr") {
		field, err := p.fieldName()
		if err != nil {
			return nil, err
		}
		return p.schema.check(field, Present, nil)
	}
	field, err := p.fieldName()
	if err != nil {
		return nil, err
	}
	op, err := p.operator(field)
	if err != nil {
		return nil, err
	}
	var values []token
	switch op {
	case IsNull:
	case In, ContainsAll:
		values, err = p.list()
	default:
		values, err = p.single()
	}
	if err != nil {
		return nil, err
	}
	return p.schema.check(field, op, values)
}

func (p *parser) fieldName() (token, *Error) {
	t := p.take()
	if t.kind != wordToken || slices.Contains([]string{"and", "or", "not", "pr"}, t.text) {
		return t, unexpected(t, "the name of a field")
	}
	return t, nil
}

func (p *parser) operator(field token) (Op, *Error) {
	t := p.take()
	if t.kind != wordToken {
		return "", unexpected(t, "an operator after "+quoteShort(field.text))
	}
	op := Op(t.text)
	if op == Present {
		return "", fail(SyntaxError, t.pos, "pr at position %d stands after its field; write pr %s", t.pos, shorten(field.text))
	}
	if slices.Contains(known(), op) {
		return op, nil
	}
	if low := strings.ToLower(t.text); slices.Contains(known(), Op(low)) {
		return "", fail(SyntaxError, t.pos, "operators are in lower case: write %s for %q at position %d", low, t.text, t.pos)
	}
	supported := joinOps(known())
	if f, ok := p.schema.field(field.text); ok {
		supported = joinOps(f.Ops)
	}
	return "", fail(UnsupportedOperator, t.pos, "%s at position %d is not an operator; supported for %s: %s",
		quoteShort(t.text), t.pos, shorten(field.text), supported)
}

// single reads the one value of a comparison.
func (p *parser) single() ([]token, *Error) {
	t := p.take()
	if t.kind != wordToken && t.kind != textToken {
		return nil, unexpected(t, "a value")
	}
	return []token{t}, p.countValue(t)
}

// list reads the values of in and ca.
func (p *parser) list() ([]token, *Error) {
	if t := p.take(); t.kind != openToken {
		return nil, unexpected(t, `a list of values like ("a","b")`)
	}
	var values []token
	for {
		v, err := p.single()
		if err != nil {
			return nil, err
		}
		values = append(values, v...)
		switch t := p.take(); t.kind {
		case closeToken:
			return values, nil
		case commaToken:
		default:
			return nil, unexpected(t, "a comma or ) in the list of values")
		}
	}
}

func (p *parser) countValue(t token) *Error {
	if p.values++; p.values > MaxComparisons {
		return fail(OutOfRange, t.pos, "the filter has more than %d values to compare with", MaxComparisons)
	}
	return nil
}
