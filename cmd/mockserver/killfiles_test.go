package main

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wholeness is what holds in a database at any moment, as statements that find
// what breaks it.
var wholeness = map[string]string{
	"totals are those of the rows": `SELECT name FROM totals WHERE n <> CASE name
		WHEN 'sessions' THEN (SELECT count(*) FROM sessions) ELSE (SELECT count(*) FROM potential_roles) END`,
	"a potential role has its document":        `SELECT id FROM potential_roles p WHERE NOT EXISTS (SELECT 1 FROM role_documents d WHERE d.n = p.n AND d.session = p.session AND d.rank = p.rank)`,
	"a document has its potential role":        `SELECT n FROM role_documents WHERE n NOT IN (SELECT n FROM potential_roles)`,
	"a session that is done has all its roles": `SELECT id FROM sessions s WHERE phase = 'potential_roles_created' AND json_extract(state, '$.PotentialRoleCount') <> (SELECT count(*) FROM potential_roles WHERE session = s.n)`,
	"a session that is done has them ready":    `SELECT id FROM sessions WHERE phase = 'potential_roles_created' AND json_extract(state, '$.PotentialRoleCount') <> json_extract(state, '$.PotentialRolesReadyCount')`,
	"a session goes on until it is done":       `SELECT id FROM sessions WHERE (phase = 'potential_roles_created') <> (next_at IS NULL)`,
	"a session's columns are those of its state": `SELECT id FROM sessions WHERE phase <> lower(json_extract(state, '$.State')) OR id <> json_extract(state, '$.ID')
		OR ifnull(name, '') <> lower(ifnull(json_extract(state, '$.Name'), ''))`,
	"an export goes on until it has its file": `SELECT id FROM exports WHERE (json_extract(state, '$.State') = 'SUCCESS') <> (file IS NOT NULL) OR (file IS NULL) <> (next_at IS NOT NULL)`,
	"a provisioning goes on until it is done": `SELECT p.id FROM potential_roles p JOIN role_documents d USING (n) WHERE (json_extract(d.state, '$.ProvisionState') = 'PENDING') <> (p.next_at IS NOT NULL)`,
	"what was provisioned has its role": `SELECT p.id FROM potential_roles p JOIN role_documents d USING (n)
		WHERE (json_extract(d.state, '$.ProvisionState') = 'COMPLETE') <> EXISTS (SELECT 1 FROM roles WHERE json_extract(state, '$.PotentialRoleID') = p.id)`,
	"an organisation has what a reset returns to":   `SELECT count(*) FROM org HAVING count(*) <> (SELECT count(*) FROM baseline)`,
	"without an organisation there is nothing else": `SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM org) AND (EXISTS (SELECT 1 FROM identities) OR EXISTS (SELECT 1 FROM sessions) OR EXISTS (SELECT 1 FROM sources))`,
}

// checkDatabases looks into all databases of a server that is not running, without
// touching them, as they would be to whoever opens them next.
func checkDatabases(t *testing.T, db string) {
	t.Helper()
	paths, err := filepath.Glob(db + ".tenants/*.db")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, db) {
		checkDatabase(t, path)
	}
}

func checkDatabase(t *testing.T, path string) {
	t.Helper()
	name, copied := filepath.Base(path), filepath.Join(t.TempDir(), "copy")
	for _, part := range []string{"", "-wal", "-journal"} {
		content, err := os.ReadFile(path + part)
		if errors.Is(err, fs.ErrNotExist) && part != "" {
			continue
		}
		if err == nil {
			err = os.WriteFile(copied+part, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := sql.Open("sqlite", copied)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(copied)
	defer c.Close()
	if got := rows(t, c, `PRAGMA integrity_check`); got != "ok" {
		t.Errorf("%s: integrity_check says %s", name, got)
	}
	if got := rows(t, c, `SELECT "table" || ' ' || rowid || ' ' || parent FROM pragma_foreign_key_check`); got != "" {
		t.Errorf("%s: foreign_key_check says %s", name, got)
	}
	if rows(t, c, `SELECT name FROM sqlite_schema WHERE name = 'baseline'`) == "" {
		if _, err := os.Stat(strings.TrimSuffix(path, ".db") + ".json"); err == nil || !strings.HasSuffix(path, ".db") {
			t.Errorf("%s has no tables", name)
		}
		return // a tenant that was being made
	}
	for what, broken := range wholeness {
		if got := rows(t, c, broken); got != "" {
			t.Errorf("%s: that %s does not hold of %s", name, what, got)
		}
	}
}

// rows is the first column of what a statement gives, with blanks between.
func rows(t *testing.T, c *sql.DB, statement string) string {
	t.Helper()
	found, err := c.Query(statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer found.Close()
	var all []string
	for found.Next() {
		var one string
		if err := found.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := found.Err(); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
	return strings.Join(all, " ")
}
