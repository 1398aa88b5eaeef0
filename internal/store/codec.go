package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// encode writes a domain value as the JSON of a state column. Nothing in it is
// escaped for HTML, so raw JSON inside comes back as it was.
func encode(v any) ([]byte, error) { return api.Encode(v) }

// decode reads a state column.
func decode[T any](state []byte) (T, error) {
	var v T
	if err := json.Unmarshal(state, &v); err != nil {
		return v, fmt.Errorf("stored %T: %w", v, err)
	}
	return v, nil
}

// fold is how text is compared: in lower case.
func fold(text string) string { return strings.ToLower(text) }

// foldOptional is fold, and NULL for nil.
func foldOptional(text *string) any {
	if text == nil {
		return nil
	}
	return fold(*text)
}

// nanos is a moment that background work waits for, NULL for nil.
func nanos(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixNano()
}

// flag is a truth value as SQLite keeps it.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// plain is a moment as it is after a trip through the database: in UTC and
// without the reading of a monotonic clock.
func plain(t time.Time) time.Time { return t.Round(0).UTC() }

func plainOptional(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	p := plain(*t)
	return &p
}

func plainSession(s rolemining.Session) rolemining.Session {
	s.CreatedAt, s.ModifiedAt, s.NextAt = plain(s.CreatedAt), plain(s.ModifiedAt), plainOptional(s.NextAt)
	return s
}

func plainRole(r rolemining.PotentialRole) rolemining.PotentialRole {
	r.CreatedAt, r.ModifiedAt, r.NextAt = plain(r.CreatedAt), plain(r.ModifiedAt), plainOptional(r.NextAt)
	return r
}

func plainExport(e rolemining.Export) rolemining.Export {
	e.CreatedAt, e.NextAt = plain(e.CreatedAt), plainOptional(e.NextAt)
	return e
}

// actor splits who made something into the columns to filter by.
func actor(a *rolemining.Actor) (id, name any) {
	if a == nil {
		return nil, nil
	}
	return fold(a.ID), fold(a.DisplayName)
}
