package store

import (
	"bytes"
	"database/sql"
	"fmt"
	"strconv"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// writeDocument appends an answer that is stored whole.
func writeDocument(b []byte, rows *sql.Rows) ([]byte, error) {
	var doc sql.RawBytes
	err := rows.Scan(&doc)
	return append(b, doc...), err
}

// writeSummary appends a summary: the stored head, and what follows the state
// of the session.
func writeSummary(b []byte, rows *sql.Rows) ([]byte, error) {
	var head, params sql.RawBytes
	var obtained bool
	if err := rows.Scan(&head, &obtained, &params); err != nil {
		return b, err
	}
	status := api.GroupRequested
	if obtained {
		status = api.GroupObtained
	}
	b = append(b, bytes.TrimSuffix(head, []byte("}"))...)
	b = append(b, `,"identityGroupStatus":"`...)
	b = append(b, status...)
	b = append(b, `","session":`...)
	b = append(b, params...)
	return append(b, '}'), nil
}

// writeApplication appends a source by id and name.
func writeApplication(b []byte, rows *sql.Rows) ([]byte, error) {
	var a api.Application
	if err := rows.Scan(&a.ID, &a.Name); err != nil {
		return b, err
	}
	return appendEncoded(b, a)
}

// writeUsage appends a member's use of a source.
func writeUsage(b []byte, rows *sql.Rows) ([]byte, error) {
	var u api.SourceUsage
	if err := rows.Scan(&u.ID, &u.DisplayName, &u.Email, &u.UsageCount); err != nil {
		return b, err
	}
	return appendEncoded(b, u)
}

func appendEncoded(b []byte, v any) ([]byte, error) {
	doc, err := api.Encode(v)
	return append(b, doc...), err
}

// writeAccess appends an entitlement in a role: the organisation's part, with
// the role's numbers where they go.
func writeAccess(b []byte, rows *sql.Rows) ([]byte, error) {
	var head, numbers, tail sql.RawBytes
	if err := rows.Scan(&head, &numbers, &tail); err != nil {
		return b, err
	}
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
