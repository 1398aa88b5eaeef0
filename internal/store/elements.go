package store

import (
	"bytes"
	"database/sql"
	"fmt"
	"strconv"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// element makes, for one page, the places that its rows are scanned into, and
// the function that appends what is in them to the answer.
type element func() (into []any, write func(b []byte) ([]byte, error))

// elements reads a page whose rows are its elements. It grows in the
// connection's room; the answer is a copy of the right size, since the cache
// may keep it.
func elements(of element) func(c *conn, text string, args []any) ([]byte, error) {
	return func(c *conn, text string, args []any) ([]byte, error) {
		into, write := of()
		b := append(c.room[:0], '[')
		err := c.each(text, args, func(rows *sql.Rows) (err error) {
			if err := rows.Scan(into...); err != nil {
				return err
			}
			if len(b) > 1 {
				b = append(b, ',')
			}
			b, err = write(b)
			return err
		})
		if err != nil {
			return nil, err
		}
		b = append(b, ']')
		c.keepRoom(b)
		return bytes.Clone(b), nil
	}
}

// newDocument is an answer that is stored whole.
func newDocument() ([]any, func(b []byte) ([]byte, error)) {
	var doc sql.RawBytes
	return []any{&doc}, func(b []byte) ([]byte, error) { return append(b, doc...), nil }
}

// newApplication is a source by id and name.
func newApplication() ([]any, func(b []byte) ([]byte, error)) {
	var a api.Application
	return []any{&a.ID, &a.Name}, func(b []byte) ([]byte, error) { return appendEncoded(b, a) }
}

// newUsage is a member's use of a source.
func newUsage() ([]any, func(b []byte) ([]byte, error)) {
	var u api.SourceUsage
	return []any{&u.ID, &u.DisplayName, &u.Email, &u.UsageCount}, func(b []byte) ([]byte, error) { return appendEncoded(b, u) }
}

func appendEncoded(b []byte, v any) ([]byte, error) {
	doc, err := api.Encode(v)
	return append(b, doc...), err
}

// newAccess is an entitlement in a role: the organisation's part, with the
// role's numbers where they go.
func newAccess() ([]any, func(b []byte) ([]byte, error)) {
	var head, numbers, tail sql.RawBytes
	return []any{&head, &numbers, &tail}, func(b []byte) ([]byte, error) {
		e, err := decode[rolemining.RoleEntitlement](numbers)
		if err != nil {
			return b, fmt.Errorf("access of a role: %w", err)
		}
		b = append(b, head...)
		b = append(b, `,"identityCount":`...)
		b = strconv.AppendInt(b, int64(e.IdentityCount), 10)
		b = append(b, `,"popularity":`...)
		b = strconv.AppendFloat(b, e.Popularity, 'f', -1, 64)
		b = append(b, `,"popularityInOrg":`...)
		b = strconv.AppendFloat(b, e.PopularityInOrg, 'f', -1, 64)
		b = append(b, tail...)
		b = append(b, `,"sourceUsagePercent":`...)
		if e.SourceUsage == nil {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, *e.SourceUsage, 'f', -1, 64)
		}
		return append(b, '}'), nil
	}
}
