package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// List implements rolemining.Store. A session that does not exist has an empty
// collection. It reads through the cache.
//
// Elements come by the keys asked for or, without any, in the collection's own
// order. Those that are equal come by ascending id, whatever the direction of
// the others, so the order is total and pages fit together.
func (s *Store) List(ctx context.Context, l rolemining.List) (rolemining.Page, error) {
	var room [256]byte
	id := listID(room[:0], &l)
	now := s.cache.now()
	if e, ok := s.cache.get(now, id); ok {
		return rolemining.Page{JSON: e.json, Total: e.total}, nil
	}
	read := s.rowList
	if isInRole(l.Kind) {
		read = s.roleList
	}
	page, err := read(ctx, l)
	if err != nil {
		return rolemining.Page{}, err
	}
	s.cache.put(now, id, entry{json: page.JSON, total: page.Total})
	return page, nil
}

// rowList reads a page of a collection whose elements are rows.
func (s *Store) rowList(ctx context.Context, l rolemining.List) (page rolemining.Page, err error) {
	of, ok := listingOf(l.Kind)
	if !ok {
		return page, fmt.Errorf("store: no collection %d", l.Kind)
	}
	st, err := of.statements(l)
	if err != nil {
		return page, err
	}
	err = s.readAll(ctx, func(c *conn) error {
		page, err = c.list(of, st, l.Query)
		return err
	})
	return page, err
}

// few is how many matches of a filter are sorted. Where there are more, the rows
// are walked in the order of the list until a page is full, which is then soon.
const few = 1000

// list reads a page and, if it is asked for, the total.
func (c *conn) list(of listing, st statements, q query.Query) (page rolemining.Page, err error) {
	if st.probe != "" {
		matches, err := c.numbers(st.probe, st.args)
		if err != nil {
			return page, err
		}
		if len(matches) <= few {
			page.Total = len(matches)
			page.JSON, err = c.array(of, st.picked, []any{rowNumbers(matches)}, q)
			return page, err
		}
	}
	if q.Count {
		if err := c.row(st.count, st.countArgs, &page.Total); err != nil {
			return page, err
		}
	}
	page.JSON, err = c.array(of, st.page, st.args, q)
	return page, err
}

// array reads a page as a JSON array.
func (c *conn) array(of listing, text string, args []any, q query.Query) ([]byte, error) {
	if q.Limit == 0 {
		return []byte("[]"), nil
	}
	return of.read(c, text, append(slices.Clip(args), q.Limit, q.Offset))
}

// numbers reads a column of numbers.
func (c *conn) numbers(text string, args []any) ([]int64, error) {
	var n int64
	var all []int64
	into := []any{&n}
	err := c.each(text, args, func(rows *sql.Rows) error {
		err := rows.Scan(into...)
		all = append(all, n)
		return err
	})
	return all, err
}

// rowNumbers is row numbers as a JSON array, for json_each.
func rowNumbers(rows []int64) string {
	b := append(make([]byte, 0, 8*len(rows)+2), '[')
	for i, n := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(append(b, ']'))
}

// statements is the SQL for a list. A page takes the limit and the offset after
// the arguments.
type statements struct {
	// probe, where there is a filter on more than what the list is ordered by,
	// finds the row numbers of the matches, but not many more than few.
	probe string
	// picked is a page of the rows whose numbers are its argument; page is one of
	// the whole list, and count how many are in that.
	picked, page, count string
	args, countArgs     []any
}

// statements renders a list.
func (of listing) statements(l rolemining.List) (st statements, err error) {
	order, err := of.orderOf(l)
	if err != nil {
		return st, err
	}
	walked := order[0].expr
	if of.small {
		walked = "nothing"
	}
	w, err := of.condition(l, walked)
	if err != nil {
		return st, err
	}
	walk := w.text.String()
	st.page, st.args = of.page(of.from, walk, order), w.args
	st.count, st.countArgs = "SELECT count(*) FROM "+of.from+" WHERE "+walk, w.args
	switch {
	case l.Query.Filter == nil && of.total != "":
		st.count, st.countArgs = "SELECT n FROM totals WHERE name = ?", []any{of.total}
	case w.passed && !of.small:
		seek, err := of.condition(l, "")
		if err != nil {
			return st, err
		}
		from := " FROM " + of.from + " WHERE " + seek.text.String()
		st.probe, st.count = "SELECT "+of.n+from+" LIMIT "+strconv.Itoa(few+1), "SELECT count(*)"+from
		st.picked = of.page("json_each(?) AS j CROSS JOIN "+of.rows+" ON "+of.n+" = j.value", "1", order)
	}
	return st, nil
}

// condition renders what is asked of an element, for rows that are read in the
// order of an expression, or in any order if that is empty.
func (of listing) condition(l rolemining.List, walked string) (*where, error) {
	w := &where{columns: of.columns, walked: walked, args: of.args(l)}
	w.text.WriteString("1")
	if of.where != "" {
		w.text.WriteString(" AND " + of.where)
	}
	if l.Query.Filter == nil {
		return w, nil
	}
	w.text.WriteString(" AND ")
	return w, w.render(l.Query.Filter)
}

// orderOf is the order of a list: what was asked for or the collection's own,
// each expression once, up to the first that no two elements share.
func (of listing) orderOf(l rolemining.List) ([]key, error) {
	asked := l.Query.Sort
	if len(asked) == 0 {
		asked = l.Kind.Schema().DefaultSort
	}
	var keys []key
	for _, k := range asked {
		col, ok := of.columns[k.Field]
		if !ok || col.within != "" {
			return nil, fmt.Errorf("store: no column to sort by %s", k.Field)
		}
		keys = append(keys, key{expr: col.expr, descending: k.Descending})
	}
	if len(asked) == 0 {
		keys = of.order
	}
	var order []key
	for _, k := range append(slices.Clip(keys), key{expr: of.id, unique: true}) {
		if slices.ContainsFunc(order, func(o key) bool { return o.expr == k.expr }) {
			continue
		}
		order = append(order, k)
		if k.unique {
			break
		}
	}
	return order, nil
}

// page is the statement for the elements of a page.
func (of listing) page(from, condition string, order []key) string {
	// The zeros hide that these are parameters: SQLite would plan a statement
	// anew for each value of LIMIT.
	tail := " FROM " + from + " WHERE " + condition + orderBy(order) + " LIMIT ? + 0 OFFSET ? + 0"
	// The keys come along, since only an ORDER BY of its own gives the outer
	// statement an order. CROSS JOIN makes SQLite begin with the page.
	picked, outer := of.n+" AS n", slices.Clone(order)
	for i, k := range order {
		name := fmt.Sprintf("k%d", i)
		picked += ", " + k.expr + " AS " + name
		outer[i].expr = "k." + name
	}
	return "SELECT " + of.element + " FROM (SELECT " + picked + tail + ") AS k CROSS JOIN " + of.fetch + orderBy(outer)
}

func orderBy(order []key) string {
	var b strings.Builder
	b.WriteString(" ORDER BY ")
	for i, k := range order {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k.expr)
		if k.descending {
			b.WriteString(" DESC")
		}
	}
	return b.String()
}
