package store

import (
	"bytes"
	"database/sql"
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
