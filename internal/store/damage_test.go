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

// TestDamagedPages spoils one page of a file at a time and reads everything.
// What cannot be read is an error, never a panic, and names no SQL.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "whole.db")
	fill(t, path)
	whole := must[[]byte](t)(os.ReadFile(path))
	size := int(binary.BigEndian.Uint16(whole[16:]))
	refused, failed := 0, 0
	for page := 1; page < len(whole)/size; page++ {
		spoiled := bytes.Clone(whole)
		copy(spoiled[page*size:], bytes.Repeat([]byte{0xff}, size))
		path := filepath.Join(t.TempDir(), "spoiled.db")
		write(t, path, spoiled)
		s, err := tryOpen(path)
		if err != nil {
			refused++
			continue
		}
		if err := readAll(s); err != nil {
			failed++
			for _, word := range []string{"SELECT", "FROM", "potential_roles"} {
				if strings.Contains(err.Error(), word) {
					t.Errorf("page %d: the error shows SQL: %v", page, err)
				}
			}
		}
		_ = s.Close() // may fail, too
	}
	if refused > failed || failed < 20 {
		t.Errorf("%d files were refused and %d had errors: the damage is elsewhere", refused, failed)
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
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
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

	s = open(t, path)
	l := rolemining.List{Kind: rolemining.SessionList, Query: query.Query{Limit: 10}}
	must[rolemining.Page](t)(s.List(ctx, l))
	l.Query.Offset = 90
	if page, err := s.List(ctx, l); err == nil || page.JSON != nil || !strings.Contains(err.Error(), "malformed") {
		t.Errorf("the damaged page gave %q, %v", page.JSON, err)
	}
	must[[]byte](t)(s.SessionJSON(ctx, "s99"))
	must[rolemining.Session](t)(s.CreateSession(ctx, session("new"))) // the connection is still good
}
