package store

import (
	"context"
	"database/sql"
	"math"
	"time"

	"mockserver/internal/rolemining"
)

// maxDue is how many tasks Due lists at most.
const maxDue = 1000

// waiting is the background work of all kinds. Each part has an index of the
// rows that wait.
const waiting = `
	SELECT 1 AS kind, id, next_at FROM sessions WHERE next_at IS NOT NULL
	UNION ALL SELECT 2, id, next_at FROM exports WHERE next_at IS NOT NULL
	UNION ALL SELECT 3, id, next_at FROM potential_roles WHERE next_at IS NOT NULL`

// Due implements rolemining.Store. Tasks of the same moment come by kind, then
// by id. It lists at most a thousand; the moment is then that of the first task
// left out, which may be past.
func (s *Store) Due(ctx context.Context, now time.Time) (tasks []rolemining.Task, next *time.Time, err error) {
	err = s.readAll(ctx, func(c *conn) error {
		err := c.each(`SELECT kind, id, next_at FROM (`+waiting+`) WHERE next_at <= ?
			ORDER BY next_at, kind, id LIMIT ?`, []any{now.UnixNano(), maxDue + 1},
			func(rows *sql.Rows) error {
				var t rolemining.Task
				var at int64
				if err := rows.Scan(&t.Kind, &t.ID, &at); err != nil {
					return err
				}
				if len(tasks) == maxDue {
					next = moment(at)
					return nil
				}
				tasks = append(tasks, t)
				return nil
			})
		if err != nil || next != nil {
			return err
		}
		var after sql.NullInt64
		err = c.row(`SELECT min(next_at) FROM (
			SELECT min(next_at) AS next_at FROM sessions WHERE next_at > ?1
			UNION ALL SELECT min(next_at) FROM exports WHERE next_at > ?1
			UNION ALL SELECT min(next_at) FROM potential_roles WHERE next_at > ?1)`, []any{now.UnixNano()}, &after)
		if after.Valid {
			next = moment(after.Int64)
		}
		return err
	})
	return tasks, next, err
}

// Unfinished implements rolemining.Store.
func (s *Store) Unfinished(ctx context.Context, parkedOnly bool) (tasks []rolemining.Task, err error) {
	var since int64 = math.MinInt64
	if parkedOnly {
		since = math.MaxInt64 // the end of time, which is when parked work is due
	}
	err = s.read(ctx, func(c *conn) error {
		return c.each(`SELECT kind, id FROM (`+waiting+`) WHERE next_at >= ? ORDER BY kind, id`, []any{since}, func(rows *sql.Rows) error {
			var t rolemining.Task
			err := rows.Scan(&t.Kind, &t.ID)
			tasks = append(tasks, t)
			return err
		})
	})
	return tasks, err
}

func moment(nanos int64) *time.Time {
	t := time.Unix(0, nanos).UTC()
	return &t
}
