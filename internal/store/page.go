package store

import (
	"context"
	"fmt"
	"slices"
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
		if l.Query.Count {
			if err := c.row(st.count, st.args, &page.Total); err != nil {
				return err
			}
		}
		page.JSON, err = c.array(of, st, l.Query)
		return err
	})
	return page, err
}

// array reads a page as a JSON array.
func (c *conn) array(of listing, st statements, q query.Query) ([]byte, error) {
	if q.Limit == 0 {
		return []byte("[]"), nil
	}
	return of.read(c, st.page, append(slices.Clip(st.args), q.Limit, q.Offset))
}

// statements is the SQL for a list. The page takes the limit and the offset
// after the arguments.
type statements struct {
	page, count string
	args        []any
}

// statements renders a list.
func (of listing) statements(l rolemining.List) (statements, error) {
	w := where{columns: of.columns, args: of.args(l)}
	if l.Query.Filter != nil {
		if err := w.render(l.Query.Filter); err != nil {
			return statements{}, err
		}
	}
	condition := "1"
	for _, part := range []string{of.where, w.text.String()} {
		if part != "" {
			condition += " AND " + part
		}
	}
	order, err := of.orderOf(l)
	if err != nil {
		return statements{}, err
	}
	return statements{
		page:  of.page(condition, order),
		count: "SELECT count(*) FROM " + of.from + " WHERE " + condition,
		args:  w.args,
	}, nil
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
func (of listing) page(condition string, order []key) string {
	// The zeros hide that these are parameters: SQLite would plan a statement
	// anew for each value of LIMIT.
	tail := " FROM " + of.from + " WHERE " + condition + orderBy(order) + " LIMIT ? + 0 OFFSET ? + 0"
	if of.keys == "" {
		return "SELECT " + of.element + tail
	}
	// The keys come along, since only an ORDER BY of its own gives the outer
	// statement an order. CROSS JOIN makes SQLite begin with the page.
	picked, outer := of.keys+" AS n", slices.Clone(order)
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
