package criteria

// scope is what terms look at: a document, or one item of a nested list of it.
// It is passed by value so that matching needs no memory of its own.
type scope struct {
	doc Document
	// item gives the values of the item; nil if the scope is the document.
	item func(field string) []string
	// names are all the fields of the item.
	names []string
}

func (s scope) values(field string) []string {
	if s.item != nil {
		return s.item(field)
	}
	return s.doc.Values(field)
}

// node is a part of a query.
type node interface{ match(s scope) bool }

type (
	// everything is met by all.
	everything struct{}
	// allOf is met if each part is.
	allOf []node
	// anyOf is met if one part is.
	anyOf []node
	// noneOf is met if its part is not.
	noneOf struct{ part node }
	// exists is met if the field has a value.
	exists struct{ field string }
	// term is met if one value of the field matches.
	term struct {
		field string
		test  matcher
	}
	// anywhere is met if a value of any field matches.
	anywhere struct{ test matcher }
	// nested is met if one item of the list meets the part.
	nested struct {
		list  string
		names []string
		part  node
	}
)

func (everything) match(scope) bool { return true }

func (n allOf) match(s scope) bool {
	for _, part := range n {
		if !part.match(s) {
			return false
		}
	}
	return true
}

func (n anyOf) match(s scope) bool {
	for _, part := range n {
		if part.match(s) {
			return true
		}
	}
	return false
}

func (n noneOf) match(s scope) bool { return !n.part.match(s) }

func (n exists) match(s scope) bool { return len(s.values(n.field)) > 0 }

func (n term) match(s scope) bool { return matchAny(n.test, s.values(n.field)) }

func (n anywhere) match(s scope) bool {
	if s.item != nil {
		for _, name := range s.names {
			if matchAny(n.test, s.item(name)) {
				return true
			}
		}
		return false
	}
	found := false
	s.doc.AllValues(func(value string) bool {
		found = n.test.matches(value)
		return !found
	})
	return found
}

func (n nested) match(s scope) bool {
	found := false
	s.doc.Nested(n.list, func(values func(string) []string) bool {
		found = n.part.match(scope{doc: s.doc, item: values, names: n.names})
		return !found
	})
	return found
}

func matchAny(test matcher, values []string) bool {
	for _, value := range values {
		if test.matches(value) {
			return true
		}
	}
	return false
}
