package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mockserver/internal/idgen"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

func tryOpen(path string) (*store.Store, error) {
	return store.Open(context.Background(), store.Config{Path: path, IDs: idgen.New("test")})
}

func TestOpenRefusals(t *testing.T) {
	t.Parallel()
	foreign := func(t *testing.T, path string, statements ...string) {
		t.Helper()
		db := must[*sql.DB](t)(sql.Open("sqlite", path))
		defer db.Close()
		for _, text := range statements {
			must[sql.Result](t)(db.Exec(text))
		}
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string) string
		want    error
		text    string
	}{
		"no database": {func(t *testing.T, path string) string {
			write(t, path, bytes.Repeat([]byte("not a database "), 100))
			return path
		}, store.ErrCorrupt, "damaged"},
		"truncated": {func(t *testing.T, path string) string {
			fill(t, path)
			whole := must[[]byte](t)(os.ReadFile(path))
			write(t, path, whole[:len(whole)/2])
			return path
		}, store.ErrCorrupt, "damaged"},
		"another program's": {func(t *testing.T, path string) string {
			foreign(t, path, "CREATE TABLE t (a)")
			return path
		}, store.ErrCorrupt, "another program"},
		"no such folder": {func(_ *testing.T, path string) string {
			return filepath.Join(path, "deeper", "mock.db")
		}, store.ErrUnwritable, "created, read or written"},
		"a folder": {func(t *testing.T, path string) string {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			return path
		}, store.ErrUnwritable, "created, read or written"},
		"in use": {func(t *testing.T, path string) string {
			open(t, path)
			return path
		}, store.ErrLocked, "another process"},
		"in use under another name": {func(t *testing.T, path string) string {
			open(t, path)
			other := path + ".link"
			if err := os.Symlink(path, other); err != nil {
				t.Fatal(err)
			}
			return other
		}, store.ErrLocked, "another process"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := c.prepare(t, filepath.Join(t.TempDir(), "mock.db"))
			_, err := tryOpen(path)
			var refused *store.OpenError
			if !errors.As(err, &refused) || !errors.Is(err, c.want) {
				t.Fatalf("err = %v, want %v", err, c.want)
			}
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("the message %q misses %q or %q", err, path, c.text)
			}
		})
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// fill makes a database of some size and closes it.
func fill(t *testing.T, path string) {
	t.Helper()
	s := must[*store.Store](t)(tryOpen(path))
	world(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestTooLate: who comes after Close is told so, and does not wait for ever.
func TestTooLate(t *testing.T) {
	t.Parallel()
	s := must[*store.Store](t)(tryOpen(""))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateSession(context.Background(), rolemining.Session{}); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a write after Close: %v", err)
	}
	if _, err := s.Org(context.Background()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a read after Close: %v", err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mock.db")
	fill(t, path)
	db := must[*sql.DB](t)(sql.Open("sqlite", path))
	must[sql.Result](t)(db.Exec("PRAGMA user_version = 77"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := tryOpen(path)
	var newer *store.NewerSchemaError
	var refused *store.OpenError
	if !errors.As(err, &newer) || newer.Version != 77 || !errors.As(err, &refused) {
		t.Fatalf("err = %v", err)
	}
	if !strings.Contains(err.Error(), "version 77") {
		t.Errorf("message %q", err)
	}
}

func TestSchemaVersionCountsTheMigrations(t *testing.T) {
	t.Parallel()
	files := must[[]string](t)(filepath.Glob("migrations/*.sql"))
	if len(files) != store.SchemaVersion {
		t.Errorf("%d migrations, SchemaVersion %d", len(files), store.SchemaVersion)
	}
}

func TestReopenFindsEverything(t *testing.T) {
	t.Parallel()
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "mock.db")
	s := must[*store.Store](t)(tryOpen(path))
	world(t, s)
	made := must[rolemining.Session](t)(s.CreateSession(ctx, session("")))
	export := must[rolemining.Export](t)(s.CreateExport(ctx, rolemining.Export{PotentialRoleID: "r1", CreatedAt: start, State: rolemining.ExportQueued}))
	_, before := ask(t, s, rolemining.List{Kind: rolemining.AllSummaries}, "count=true")
	organisation := must[*rolemining.Organisation](t)(s.Organisation(ctx))
	if err := errors.Join(s.Close(), s.Close()); err != nil { // twice does no harm
		t.Fatal(err)
	}
	if left, err := os.Stat(path + "-wal"); err == nil && left.Size() > 0 {
		t.Errorf("Close left a log of %d bytes", left.Size())
	}

	s = open(t, path)
	_, after := ask(t, s, rolemining.List{Kind: rolemining.AllSummaries}, "count=true")
	same(t, "summaries", before, after)
	same(t, "organisation", organisation, must[*rolemining.Organisation](t)(s.Organisation(ctx)))
	same(t, "session", made, must[rolemining.Session](t)(s.Session(ctx, made.ID)))
	same(t, "export", export, must[rolemining.Export](t)(s.Export(ctx, export.ID)))
	if again := must[rolemining.Session](t)(s.CreateSession(ctx, session(""))); again.ID == made.ID {
		t.Error("the count of identifiers was lost")
	}
}

func TestDoneContextStartsNothing(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := s.CreateSession(ctx, session("s")); !errors.Is(err, context.Canceled) {
			t.Errorf("CreateSession: %v", err)
		}
		if _, err := s.Session(ctx, "s"); !errors.Is(err, context.Canceled) {
			t.Errorf("Session: %v", err)
		}
		if _, err := s.Session(context.Background(), "s"); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("the session was made: %v", err)
		}
	})
}

func TestOrganisation(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if empty := must[bool](t)(s.Empty(ctx)); !empty {
			t.Error("a new database is not empty")
		}
		if _, err := s.Org(ctx); !errors.Is(err, rolemining.ErrNotFound) {
			t.Errorf("Org: %v", err)
		}
		nobody := must[*rolemining.Organisation](t)(s.Organisation(ctx))
		if nobody.Identities.Len() != 0 {
			t.Errorf("%d identities before Load", nobody.Identities.Len())
		}
		world(t, s)
		d := dataset()
		present := must[*rolemining.Organisation](t)(s.Organisation(ctx))
		same(t, "organisation", &d.Organisation, present)
		must[rolemining.Session](t)(s.CreateSession(ctx, session("s3")))
		if again := must[*rolemining.Organisation](t)(s.Organisation(ctx)); again != present {
			t.Error("the organisation is another one though nothing of it changed")
		}
		same(t, "org", d.Org, must[rolemining.Org](t)(s.Org(ctx)))
		same(t, "clients", d.Clients, must[[]rolemining.Client](t)(s.Clients(ctx)))
		same(t, "roles", []rolemining.Role{d.Roles[1], d.Roles[0]}, must[[]rolemining.Role](t)(s.Roles(ctx)))
		same(t, "counts", store.Counts{Identities: 3, Entitlements: 4, Sources: 2, Roles: 2, Sessions: 3, PotentialRoles: 5},
			must[store.Counts](t)(s.Counts(ctx)))

		cy := someParts().identities[0]
		cy.EntitlementIDs, cy.Usage, cy.Attributes = nil, nil, nil
		for _, name := range []string{"id-3", "cy.young", "CY.Young"} {
			same(t, name, cy, must[rolemining.Identity](t)(s.User(ctx, name)))
		}
		for _, name := range []string{"", "nobody", "Cy Young"} {
			if _, err := s.User(ctx, name); !errors.Is(err, rolemining.ErrNotFound) {
				t.Errorf("User(%q): %v", name, err)
			}
		}

		loaded(t, s) // again: everything else goes
		same(t, "counts", store.Counts{Identities: 3, Entitlements: 4, Sources: 2, Roles: 2}, must[store.Counts](t)(s.Counts(ctx)))
		if empty := must[bool](t)(s.Empty(ctx)); empty {
			t.Error("empty after Load")
		}
		if err := s.Ping(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestLoadIsAllOrNothing has loading fail at each of its stages. What was there
// stays, and so does an empty database.
func TestLoadIsAllOrNothing(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		failing := map[string]func(d *rolemining.Dataset, then func(*store.Store) error) func(*store.Store) error{
			"in the entitlements": func(d *rolemining.Dataset, then func(*store.Store) error) func(*store.Store) error {
				d.Entitlements = slices.Clone(d.Entitlements)
				d.Entitlements[3].SourceID = "none"
				return then
			},
			"after the identities": func(d *rolemining.Dataset, then func(*store.Store) error) func(*store.Store) error {
				d.Clients = append(d.Clients, d.Clients[0])
				return then
			},
			"in what follows": func(_ *rolemining.Dataset, then func(*store.Store) error) func(*store.Store) error {
				return func(within *store.Store) error { return errors.Join(then(within), errRefused) }
			},
		}
		fail := func(counts store.Counts) {
			t.Helper()
			before := must[*rolemining.Organisation](t)(s.Organisation(ctx))
			for name, damage := range failing {
				d := dataset()
				then := damage(&d, func(within *store.Store) error {
					withRoles(t, within, session("new"), role("new"))
					return nil
				})
				if err := s.Populate(ctx, d, then); err == nil {
					t.Errorf("%s: loaded", name)
				}
			}
			same(t, "organisation", before, must[*rolemining.Organisation](t)(s.Organisation(ctx)))
			same(t, "counts", counts, must[store.Counts](t)(s.Counts(ctx)))
		}
		fail(store.Counts{})
		if !must[bool](t)(s.Empty(ctx)) {
			t.Error("not empty after loading failed")
		}
		world(t, s)
		fail(must[store.Counts](t)(s.Counts(ctx)))
	})
}

// TestPopulate adds to an organisation in the transaction that loads it. A step
// that fails meanwhile is undone on its own.
func TestPopulate(t *testing.T) {
	both(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		err := s.Populate(ctx, dataset(), func(within *store.Store) error {
			withRoles(t, within, session("s1"), role("r1"), role("r2"))
			_, err := within.UpdateSession(ctx, "s1", func(old rolemining.Session, _ int) (rolemining.SessionChange, error) {
				return rolemining.SessionChange{Session: old, DropRoles: true, AddRoles: []rolemining.PotentialRole{{IdentityIDs: []string{"none"}}}}, nil
			})
			if err == nil || !strings.Contains(err.Error(), `no identity with the id "none"`) {
				t.Errorf("a role of somebody unknown: %v", err)
			}
			items, page := ask(t, within, rolemining.List{Kind: rolemining.RoleIdentities, RoleID: "r2"}, "count=true")
			if len(items) != 3 || page.Total != 3 {
				t.Errorf("%d of %d members", len(items), page.Total)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		items, _ := ask(t, s, rolemining.List{Kind: rolemining.AllSummaries}, "")
		same(t, "roles", "r1 r2", pick(items, byKey("id")))
		d := dataset()
		same(t, "organisation", &d.Organisation, must[*rolemining.Organisation](t)(s.Organisation(ctx)))
	})
}

// between is a context that calls when it is asked for an error, which is before
// each connection is taken.
type between struct {
	context.Context
	call func()
}

func (b between) Err() error {
	b.call()
	return b.Context.Err()
}

// TestOthersReadBetween has requests come while an organisation is read. There is
// one connection in memory; it is free between the slices.
func TestOthersReadBetween(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	d := organisation(5000)
	if err := s.Load(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	withRoles(t, s, session("s"))
	s.ForgetOrganisation()
	calls := 0
	o, err := s.Organisation(between{context.Background(), func() {
		calls++
		if items, _ := ask(t, s, rolemining.List{Kind: rolemining.SessionList}, ""); len(items) != calls {
			t.Errorf("%d sessions at call %d", len(items), calls)
		}
		must[rolemining.Session](t)(s.CreateSession(context.Background(), session("")))
	}})
	if err != nil {
		t.Fatal(err)
	}
	if calls < 4 { // sources and entitlements, attributes, and three slices
		t.Errorf("the organisation was read in %d pieces", calls)
	}
	if n := o.Identities.Len(); n != d.Identities.Len() {
		t.Fatalf("%d identities, want %d", n, d.Identities.Len())
	}
	for _, i := range []int{0, 1999, 2000, 3999, 4000, 4999} { // around the cuts
		same(t, "identity", d.Identities.At(i), o.Identities.At(i))
	}
}
