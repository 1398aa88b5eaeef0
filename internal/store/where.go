package store

import (
	"fmt"
	"strings"
	"time"

	"mockserver/internal/query"
)

// column is what a field of a collection is in SQL.
type column struct {
	expr string // the expression; text is in lower case
	// within, if not empty, is the condition that the comparison stands in, at %s,
	// when it is on another table's row; each is the same for rows that are walked.
	within, each string
	// sparse says that most rows have no value, and that an index has the others.
	sparse bool
}

// where renders a filter. The names come from the columns, the values are
// bound.
//
// A comparison with a value that is not there is false, and its negation true:
// SQL's third value ends at every NOT.
type where struct {
	columns map[string]column
	// walked, if not empty, is the expression that the rows are read in the order
	// of. An index of another column must not be used then: it would have to be
	// sorted. A + before a column keeps its indexes away.
	walked string
	// nested counts the Or and Not around a condition, under which it cannot say
	// where to begin to walk.
	nested int
	// passed says that there is a condition that does not say that.
	passed bool
	text   strings.Builder
	args   []any
}

// render adds a filter.
func (w *where) render(e query.Expr) error {
	switch e := e.(type) {
	case query.And:
		return w.join(e.Exprs, " AND ")
	case query.Or:
		w.nested++
		defer func() { w.nested-- }()
		return w.join(e.Exprs, " OR ")
	case query.Not:
		w.nested++
		defer func() { w.nested-- }()
		w.text.WriteString("(")
		if err := w.render(e.Expr); err != nil {
			return err
		}
		w.text.WriteString(") IS NOT TRUE")
		return nil
	case query.Compare:
		return w.compare(e)
	default:
		return fmt.Errorf("store: filter %T", e)
	}
}

func (w *where) join(parts []query.Expr, word string) error {
	w.text.WriteString("(")
	for i, part := range parts {
		if i > 0 {
			w.text.WriteString(word)
		}
		if err := w.render(part); err != nil {
			return err
		}
	}
	w.text.WriteString(")")
	return nil
}

func (w *where) compare(c query.Compare) error {
	col, ok := w.columns[c.Field]
	if !ok {
		return fmt.Errorf("store: no column for the field %s", c.Field)
	}
	expr, plus := col.expr, ""
	if w.walked != "" && (w.walked != expr || w.nested > 0) {
		plus, w.passed = "+", true
	}
	if col.within == "" {
		expr = plus + expr
	}
	condition, err := w.condition(expr, c)
	if err != nil {
		return err
	}
	switch {
	case col.within != "" && plus != "":
		condition = fmt.Sprintf(col.each, condition)
	case col.within != "":
		condition = fmt.Sprintf(col.within, condition)
	case col.sparse && plus == "":
		condition = expr + " IS NOT NULL AND " + condition
	}
	w.text.WriteString("(" + condition + ")")
	return nil
}

// condition is a comparison of the column; its values are added to the
// arguments.
func (w *where) condition(expr string, c query.Compare) (string, error) {
	switch c.Op {
	case query.Present:
		return expr + " IS NOT NULL", nil
	case query.IsNull:
		return expr + " IS NULL", nil
	case query.In:
		for _, v := range c.Values {
			w.args = append(w.args, bound(v, c.Op))
		}
		return expr + " IN (?" + strings.Repeat(",?", len(c.Values)-1) + ")", nil
	case query.StartsWith:
		return w.prefix(expr, fold(c.Values[0].Text)), nil
	case query.Contains:
		w.args = append(w.args, fold(c.Values[0].Text))
		return "instr(" + expr + ", ?) > 0", nil
	}
	sign := sign(c.Op)
	if sign == "" {
		return "", fmt.Errorf("store: no SQL for the operator %s", c.Op)
	}
	w.args = append(w.args, bound(c.Values[0], c.Op))
	return expr + sign + "?", nil
}

// sign is the operator of a simple comparison, "" for others.
func sign(op query.Op) string {
	switch op {
	case query.Equal:
		return " = "
	case query.NotEqual:
		return " <> "
	case query.GreaterOrEqual:
		return " >= "
	case query.Greater:
		return " > "
	case query.LessOrEqual:
		return " <= "
	case query.Less:
		return " < "
	default:
		return ""
	}
}

// prefix is a range, which an index can serve: from the prefix to the first
// text that is greater than all that begin with it. UTF-8 has no byte 0xff, so
// the last byte can be counted up.
func (w *where) prefix(expr, prefix string) string {
	if prefix == "" {
		return expr + " IS NOT NULL"
	}
	last := len(prefix) - 1
	w.args = append(w.args, prefix, prefix[:last]+string([]byte{prefix[last] + 1}))
	return expr + " >= ? AND " + expr + " < ?"
}

// bound is a value as the columns hold it. Moments are whole milliseconds, so a
// finer value is rounded to where it cuts them the same way.
func bound(v query.Value, op query.Op) any {
	switch v.Kind {
	case query.String:
		return fold(v.Text)
	case query.Time:
		ms := v.Time.UnixMilli()
		up := op == query.GreaterOrEqual || op == query.Less
		if up && v.Time.After(time.UnixMilli(ms)) {
			ms++
		}
		return ms
	case query.Bool:
		return flag(v.Bool)
	default:
		return v.Any()
	}
}
