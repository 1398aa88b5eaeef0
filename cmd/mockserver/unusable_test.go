package main

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// refusesToStart runs a server that cannot use its database: it must say all of
// the texts, and what to do, and end with the code for that.
func refusesToStart(t *testing.T, cmd *exec.Cmd, texts ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	served := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer served.Stop()
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != exitDatabase {
		t.Errorf("ended with %v, want exit code %d; it says %s", err, exitDatabase, stderr.String())
	}
	for _, text := range append(texts, "Name another file with --db") {
		if !strings.Contains(stderr.String(), text) {
			t.Errorf("it says %q, want %q", stderr.String(), text)
		}
	}
	if strings.Contains(stderr.String(), "SELECT") || strings.Contains(stderr.String(), "PRAGMA") || strings.Count(stderr.String(), "\n") > 2 {
		t.Errorf("it says too much: %q", stderr.String())
	}
	if stdout.Len() > 0 {
		t.Errorf("it greets: %s", stdout.String())
	}
}

// nobody is who has no rights on this system.
const nobody = 65534

// unprivileged is mockserver run by somebody who may do only what permissions
// allow, whoever runs the tests.
func unprivileged(t *testing.T, folder string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := mockserver(append([]string{"--addr", "127.0.0.1:0"}, args...)...)
	if os.Getuid() != 0 {
		return cmd
	}
	// The test binary is in a folder that only root can enter.
	binary, err := os.ReadFile(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path = filepath.Join(folder, "mockserver")
	if err := os.WriteFile(cmd.Path, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd.Dir = folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

// openFolder is a folder of a test that everybody can enter.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "mockserver-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestNoPermission starts on files and in folders that the system does not let
// the server write or read.
func TestNoPermission(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		folder, file os.FileMode // file 0: there is none
		want         string
	}{
		"folder that cannot be written":             {0o555, 0, "its folder cannot be written: "},
		"folder that cannot be written, whole file": {0o555, 0o644, "its folder cannot be written: "},
		"folder that cannot be entered":             {0o600, 0o644, "permission denied"},
		"file that cannot be written":               {0o755, 0o444, "db: permission denied"},
		"file that cannot be read":                  {0o755, 0o200, "db: permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := openFolder(t)
			folder := filepath.Join(root, "data")
			db := filepath.Join(folder, "db")
			cmd := unprivileged(t, root, "--db", db)
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if tc.file != 0 {
				made := startServer(t, io.Discard, "--db", db)
				if err := made.terminate(); err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(os.Remove(db+".lock"), os.Chmod(db, tc.file)); err != nil {
					t.Fatal(err)
				}
			}
			if os.Getuid() == 0 { // else they are ours already
				for _, path := range []string{db, folder} {
					if err := os.Chown(path, nobody, nobody); err != nil && !errors.Is(err, os.ErrNotExist) {
						t.Fatal(err)
					}
				}
			}
			if err := os.Chmod(folder, tc.folder); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(folder, 0o755) }) // to be removed
			refusesToStart(t, cmd, "database "+db+": the file cannot be created, read or written", tc.want)
		})
	}
}

// TestUnusableFiles starts on databases that are damaged, or not ours, in the
// file of the server and in that of a tenant.
func TestUnusableFiles(t *testing.T) {
	t.Parallel()
	made := filepath.Join(t.TempDir(), "db")
	s := startServer(t, io.Discard, "--db", made, "--auth=off")
	if status, answer, err := request(http.MethodPut, s.url+"/_mock/tenants/other", "", ""); err != nil || status != http.StatusCreated {
		t.Fatalf("make a tenant: %d %s %v", status, answer, err)
	}
	if err := s.terminate(); err != nil {
		t.Fatal(err)
	}
	const damaged = "the file is damaged or is not a database of mockserver"
	for name, tc := range map[string]struct {
		spoil func(content []byte) []byte
		sql   string
		want  string
	}{
		"header":           {spoil: func(b []byte) []byte { copy(b, "SQLite"+strings.Repeat("\xff", 94)); return b }, want: damaged},
		"middle page":      {spoil: func(b []byte) []byte { copy(b[len(b)/2/4096*4096:], bytes.Repeat([]byte{0xff}, 4096)); return b }, want: damaged},
		"truncated":        {spoil: func(b []byte) []byte { return b[:len(b)/2] }, want: damaged},
		"no database":      {spoil: func([]byte) []byte { return []byte(strings.Repeat("Dear aunt, ", 500)) }, want: damaged},
		"newer":            {sql: "PRAGMA user_version = 9999", want: "the schema has version 9999, but this program knows only up to"},
		"another program":  {sql: "PRAGMA application_id = 5", want: damaged + ": it is a database of another program"},
		"a foreign schema": {sql: "ALTER TABLE sessions RENAME COLUMN saved TO rescued", want: damaged + ": its tables are not those of version"},
	} {
		for _, file := range []string{"db", "db.tenants/other.db"} {
			t.Run(name+" "+file, func(t *testing.T) {
				t.Parallel()
				folder := t.TempDir()
				if err := os.CopyFS(folder, os.DirFS(filepath.Dir(made))); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(folder, file)
				change(t, path, tc.spoil, tc.sql)
				before, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				refusesToStart(t, mockserver("--addr", "127.0.0.1:0", "--db", filepath.Join(folder, "db")), "database "+path+": ", tc.want)
				if file == "db" { // of tenants it knows nothing
					refusesToStart(t, mockserver("config", "--db", filepath.Join(folder, "db")), "database "+path+": ", tc.want)
				}
				if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
					t.Errorf("the file was changed (%v)", err)
				}
			})
		}
	}
}

// change changes a file behind the program's back: its bytes, or by SQL.
func change(t *testing.T, path string, spoil func([]byte) []byte, statement string) {
	t.Helper()
	if spoil != nil {
		content, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, spoil(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(statement)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
