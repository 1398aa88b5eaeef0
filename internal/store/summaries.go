package store

import (
	"bytes"
	"database/sql"
	"fmt"

	"mockserver/internal/api"
)

// A summary is the stored head of a role and, after it, what follows the state
// of its session.
const (
	summaryStatus  = `,"identityGroupStatus":"`
	summarySession = `","session":`
)

// summary is where the head of one role ends among those of a page, and what
// it takes to go on.
type summary struct {
	end     int
	rank    int64
	session int64
}

// mined is what a session says of its potential roles.
type mined struct {
	ready  int64 // roles of a lower rank are obtained
	params []byte
}

// readSummaries reads the roles of a page first and then their sessions, each
// once: it is a large part of a summary, and most roles of a page share it.
func readSummaries(c *conn, text string, args []any) ([]byte, error) {
	var head sql.RawBytes
	var rank, session any // as the driver gives them, for 250 rows count
	into := []any{&head, &rank, &session}
	heads, found := c.room[:0], make([]summary, 0, 256)
	err := c.each(text, args, func(rows *sql.Rows) error {
		err := rows.Scan(into...)
		heads = append(heads, bytes.TrimSuffix(head, []byte("}"))...)
		one := summary{end: len(heads)}
		one.rank, _ = rank.(int64)
		one.session, _ = session.(int64)
		found = append(found, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.keepRoom(heads)
	sessions, err := c.minedSessions(found)
	if err != nil {
		return nil, err
	}
	return joinSummaries(heads, found, sessions)
}

// minedSessions reads the sessions of roles, by row.
func (c *conn) minedSessions(roles []summary) (map[int64]mined, error) {
	sessions := make(map[int64]mined, 16)
	var rows []int64
	for _, r := range roles {
		if _, ok := sessions[r.session]; !ok {
			sessions[r.session] = mined{}
			rows = append(rows, r.session)
		}
	}
	var n int64
	var s mined
	into := []any{&n, &s.ready, &s.params}
	err := c.each(`SELECT s.n, s.ready, s.params FROM json_each(?) AS j CROSS JOIN sessions AS s ON s.n = j.value`,
		[]any{rowNumbers(rows)}, func(rows *sql.Rows) error {
			err := rows.Scan(into...)
			sessions[n] = s
			return err
		})
	return sessions, err
}

// joinSummaries writes a page.
func joinSummaries(heads []byte, roles []summary, sessions map[int64]mined) ([]byte, error) {
	size := len("[]") + len(heads)
	for _, r := range roles {
		s := sessions[r.session]
		if len(s.params) == 0 {
			return nil, fmt.Errorf("store: a potential role has the session in row %d, which is not there", r.session)
		}
		size += len(summaryStatus) + len(api.GroupRequested) + len(summarySession) + len(s.params) + len("},")
	}
	b, start := append(make([]byte, 0, size), '['), 0
	for i, r := range roles {
		if i > 0 {
			b = append(b, ',')
		}
		s, status := sessions[r.session], api.GroupRequested
		if r.rank < s.ready {
			status = api.GroupObtained
		}
		b = append(b, heads[start:r.end]...)
		b = append(b, summaryStatus...)
		b = append(b, status...)
		b = append(b, summarySession...)
		b = append(b, s.params...)
		b = append(b, '}')
		start = r.end
	}
	return append(b, ']'), nil
}
