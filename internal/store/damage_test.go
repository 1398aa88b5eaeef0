package store_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mockserver/internal/query"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// TestDamagedPages spoils one page at a time of a file that is open, and reads
// everything. What cannot be read is a fault of the storage, never a panic, and
// names no SQL. The next one to open the file is told that it is damaged.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	whole := filepath.Join(t.TempDir(), "whole.db")
	fill(t, whole)
	content := must[[]byte](t)(os.ReadFile(whole))
	size := int(binary.BigEndian.Uint16(content[16:]))
	pages, failed := len(content)/size, 0
	for page := 1; page < pages; page++ {
		path := filepath.Join(t.TempDir(), "spoiled.db")
		write(t, path, content)
		s := open(t, path)
		spoiled := bytes.Clone(content)
		copy(spoiled[page*size:], bytes.Repeat([]byte{0xff}, size))
		write(t, path, spoiled)
		if err := readAll(s); err != nil {
			failed++
			var fault *rolemining.StorageError
			if !errors.As(err, &fault) || fault.Full || fault.Reason != "The database is damaged and could not be read." {
				t.Errorf("page %d: %v is no fault of the storage", page, err)
			}
			for _, word := range []string{"SELECT", "FROM", "potential_roles"} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("page %d: the error shows SQL: %v", page, err)
				}
			}
		}
		_ = s.Close() // may fail, too
		if _, err := tryOpen(path); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("page %d: the next to open it got %v", page, err)
		}
	}
	if failed < pages/3 {
		t.Errorf("of %d damaged pages %d were noticed: the damage is elsewhere", pages, failed)
	}
}

// TestDamagedFiles opens files that are damaged as a whole, or are no databases.
// They are refused, and left as they are.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "whole.db")
	fill(t, path)
	whole := must[[]byte](t)(os.ReadFile(path))
	spoil := func(at int, with ...byte) []byte {
		spoiled := bytes.Clone(whole)
		copy(spoiled[at:], with)
		return spoiled
	}
	for name, content := range map[string][]byte{
		"no magic":           spoil(0, 'X'),
		"page size":          spoil(16, 3, 7),
		"header of zeros":    spoil(0, make([]byte, 100)...),
		"first page":         spoil(100, bytes.Repeat([]byte{0xff}, 3000)...),
		"schema":             spoil(4000, bytes.Repeat([]byte{0xff}, 96)...),
		"half":               whole[:len(whole)/2],
		"a page is missing":  whole[:len(whole)-4096],
		"half of a page":     whole[:len(whole)-2048],
		"the header only":    whole[:100],
		"less than a header": whole[:50],
		"a text":             []byte(strings.Repeat("no database\n", 1000)),
		"a short text":       []byte("xy"), // a single byte is an empty file to SQLite
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "spoiled.db")
			write(t, path, content)
			_, err := tryOpen(path)
			var refusal *store.OpenError
			if !errors.Is(err, store.ErrCorrupt) || !errors.As(err, &refusal) || refusal.Path != path {
				t.Fatalf("got %v, want that the file is damaged", err)
			}
			if after := must[[]byte](t)(os.ReadFile(path)); !bytes.Equal(after, content) {
				t.Error("the file was changed")
			}
		})
	}
}

// readAll reads everything that readers read.
func readAll(s *store.Store) error {
	ctx := context.Background()
	_, errOrganisation := s.Organisation(ctx)
	_, errOrg := s.Org(ctx)
	_, errUser := s.User(ctx, "bob")
	_, errRoles := s.Roles(ctx)
	_, errClients := s.Clients(ctx)
	_, errCounts := s.Counts(ctx)
	_, _, errDue := s.Due(ctx, at(0))
	_, errSession := s.SessionJSON(ctx, "s1")
	_, errRole := s.Role(ctx, "s1", "r1")
	errs := []error{errOrganisation, errOrg, errUser, errRoles, errClients, errCounts, errDue, errSession, errRole, s.Ping(ctx)}
	for kind := rolemining.SessionList; kind <= rolemining.SourceUsage; kind++ {
		_, err := s.List(ctx, rolemining.List{
			Kind: kind, SessionID: "s1", RoleID: "r1", SourceID: "src-a", Query: query.Query{Limit: 250, Count: true},
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// TestDamagedListPage has a page fail while what is elsewhere still is read.
func TestDamagedListPage(t *testing.T) {
	t.Parallel()
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "mock.db")
	s := must[*store.Store](t)(tryOpen(path))
	for n := range 100 {
		in := session(fmt.Sprintf("s%02d", n))
		in.Name, in.CreatedAt = ptr(fmt.Sprintf("NAME %02d", n)), at(n)
		must[rolemining.Session](t)(s.CreateSession(ctx, in))
	}
	if err := s.Close(); err != nil { // the log is in the file now
		t.Fatal(err)
	}
	s = open(t, path)
	content := must[[]byte](t)(os.ReadFile(path))
	// The leaf of the table that has the first session; indexes have its name in
	// lower case, and an inner page may have it from when it was a leaf.
	const leaf, page = 0x0d, 4096
	for at := page; at < len(content); at += page {
		if content[at] == leaf && bytes.Contains(content[at:at+page], []byte("NAME 00")) {
			copy(content[at:], bytes.Repeat([]byte{0xff}, page))
		}
	}
	write(t, path, content)

	l := rolemining.List{Kind: rolemining.SessionList, Query: query.Query{Limit: 10}}
	must[rolemining.Page](t)(s.List(ctx, l))
	l.Query.Offset = 90
	if page, err := s.List(ctx, l); err == nil || page.JSON != nil || !strings.Contains(err.Error(), "malformed") {
		t.Errorf("the damaged page gave %q, %v", page.JSON, err)
	}
	must[[]byte](t)(s.SessionJSON(ctx, "s99"))
	must[rolemining.Session](t)(s.CreateSession(ctx, session("new"))) // the connection is still good
}
