package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// organisation makes one of n identities with 30 entitlements each.
func organisation(n int) rolemining.Dataset {
	d, p := dataset(), someParts()
	p.entitlements, p.identities = nil, make([]rolemining.Identity, n)
	for e := range 1000 {
		p.entitlements = append(p.entitlements, rolemining.Entitlement{
			ID: fmt.Sprintf("%032x", e), Name: fmt.Sprint("Entitlement ", e), Attribute: "memberOf", SourceID: p.sources[e%2].ID,
		})
	}
	for i := range p.identities {
		held := make([]string, 30)
		for k := range held {
			held[k] = fmt.Sprintf("%032x", (i%30)+k*33)
		}
		p.identities[i] = rolemining.Identity{
			ID: fmt.Sprintf("%032x", i), Name: fmt.Sprint("user.", i), DisplayName: fmt.Sprint("User ", i),
			Email: fmt.Sprintf("user.%d@acme.example", i), Active: true, EntitlementIDs: held, Usage: map[string]int{"src-a": i%90 + 1},
			Attributes: map[string]string{"department": fmt.Sprint("D", i%20), "location": fmt.Sprint("L", i%7), "jobTitle": fmt.Sprint("J", i%50)},
		}
	}
	d.Organisation = p.organisation()
	return d
}

func each(b *testing.B, run func(b *testing.B, s *store.Store)) {
	b.Run("memory", func(b *testing.B) { run(b, open(b, "")) })
	b.Run("file", func(b *testing.B) { run(b, open(b, filepath.Join(b.TempDir(), "mock.db"))) })
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		s := must[*store.Store](b)(tryOpen(""))
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad1200(b *testing.B) {
	d := organisation(1200)
	each(b, func(b *testing.B, s *store.Store) {
		for b.Loop() {
			if err := s.Load(context.Background(), d); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRestore1200(b *testing.B) {
	source := open(b, "")
	if err := source.Load(context.Background(), organisation(1200)); err != nil {
		b.Fatal(err)
	}
	image := must[[]byte](b)(source.Image(context.Background()))
	each(b, func(b *testing.B, s *store.Store) {
		b.SetBytes(int64(len(image)))
		for b.Loop() {
			if err := s.Restore(context.Background(), image); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOrganisation(b *testing.B) {
	for _, n := range []int{1200, 100_000} {
		s := open(b, "")
		if err := s.Load(context.Background(), organisation(n)); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				s.ForgetOrganisation()
				must[*rolemining.Organisation](b)(s.Organisation(context.Background()))
			}
		})
	}
}

func BenchmarkCreateSession(b *testing.B) {
	each(b, func(b *testing.B, s *store.Store) {
		for b.Loop() {
			must[rolemining.Session](b)(s.CreateSession(context.Background(), session("")))
		}
	})
}

func BenchmarkSessionJSON(b *testing.B) {
	each(b, func(b *testing.B, s *store.Store) {
		ctx := context.Background()
		ids := make([]string, size(20_000))
		for i := range ids {
			ids[i] = must[rolemining.Session](b)(s.CreateSession(ctx, session(""))).ID
		}
		b.Run("cached", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.SessionJSON(ctx, ids[7]); err != nil { // must itself costs more than a hit
					b.Fatal(err)
				}
			}
		})
		b.Run("uncached", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Forget()
				must[[]byte](b)(s.SessionJSON(ctx, ids[i*7919%len(ids)]))
			}
		})
	})
}

// size is n, or a tenth of it with -short: that a benchmark runs is shown by that.
func size(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// BenchmarkList reads pages of 250 out of 10,000 sessions and 50,000 potential
// roles, five to a session. Only "cached" finds them in the cache; what is behind
// "by" is filtered, and counted as well.
func BenchmarkList(b *testing.B) {
	ctx, s := context.Background(), open(b, "")
	loaded(b, s)
	sessions := size(10_000)
	for n := range sessions {
		in := session("")
		in.CreatedAt, in.Name, in.Saved = at(n), ptr(fmt.Sprint("Session ", n)), n%10 == 0
		made := must[rolemining.Session](b)(s.CreateSession(ctx, in))
		change(b, s, made.ID, func(c *rolemining.SessionChange) {
			for i := range 5 {
				one := role(fmt.Sprintf("%08x-%027d", n*7919%65536, 5*n+i))
				one.Quality, one.CreatedAt, one.Saved = (5*n+i)*7%100, at(n), n%20 == 0
				if n%10 == i {
					one.Description = ptr(fmt.Sprint("For those of ", n))
				}
				c.AddRoles = append(c.AddRoles, one)
			}
		})
	}
	for _, list := range []struct {
		name string
		kind rolemining.ListKind
		by   string
	}{
		{"sessions", rolemining.SessionList, ""},
		{"sessions by name", rolemining.SessionList, `filters=name sw "session 1"&count=true`},
		{"summaries", rolemining.AllSummaries, "count=true"},
		{"best", rolemining.AllSummaries, "sorters=-quality"},
		{"drafts", rolemining.SavedRoles, "count=true"},
		{"summaries by quality", rolemining.AllSummaries, "filters=quality ge 50&count=true"},
		{"summaries by one quality", rolemining.AllSummaries, "filters=quality eq 50&count=true"},
		{"best by type", rolemining.AllSummaries, `filters=type eq "SPECIALIZED"&sorters=-quality`},
		{"summaries by name", rolemining.AllSummaries, `filters=name sw "potential"&count=true`},
		{"summaries by state", rolemining.AllSummaries, `filters=sessionState eq "CREATED"&count=true`},
		{"summaries by text in name", rolemining.AllSummaries, `filters=name co "fff"&count=true`},
		{"summaries by text in description", rolemining.AllSummaries, `filters=description co "of 77"&count=true`},
		{"summaries by text in attributes", rolemining.AllSummaries, `filters=identityAttribute co "none"&count=true`},
	} {
		l := asked(b, rolemining.List{Kind: list.kind}, strings.NewReplacer(" ", "%20", `"`, "%22").Replace(list.by))
		b.Run(list.name+"/cached", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.List(ctx, l); err != nil {
					b.Fatal(err)
				}
			}
		})
		page := func(b *testing.B, offset func(i int) int) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				l.Query.Offset = offset(i)
				s.Forget()
				must[rolemining.Page](b)(s.List(ctx, l))
			}
		}
		b.Run(list.name+"/first", func(b *testing.B) { page(b, func(int) int { return 0 }) })
		if list.by == "" {
			b.Run(list.name+"/deep", func(b *testing.B) { page(b, func(i int) int { return i * 7919 % (sessions - 500) }) })
		}
	}
}

// BenchmarkRoleLists reads the collections of roles of 400 and of 95,000 members
// and 300 entitlements, among 100,000 identities.
func BenchmarkRoleLists(b *testing.B) {
	ctx, s := context.Background(), open(b, "")
	d := organisation(100_000)
	if err := s.Load(ctx, d); err != nil {
		b.Fatal(err)
	}
	if err := s.Warm(ctx); err != nil {
		b.Fatal(err)
	}
	of := func(members, step int) rolemining.PotentialRole {
		made := role(fmt.Sprint(members))
		made.IdentityIDs, made.Entitlements = nil, nil
		for i := range members {
			made.IdentityIDs = append(made.IdentityIDs, d.Identities.ID(i*step))
		}
		for e := range 300 {
			made.Entitlements = append(made.Entitlements, rolemining.RoleEntitlement{
				ID: fmt.Sprintf("%032x", e*3), IdentityCount: e, Popularity: 100 - float64(e/4), PopularityInOrg: 1.5, SourceUsage: ptr(3.5),
			})
		}
		return made
	}
	small := of(400, 3)
	withRoles(b, s, session("s"), small, of(95_000, 1))
	for _, id := range []string{"400", "95000"} {
		for _, list := range []struct {
			name string
			kind rolemining.ListKind
			by   string
		}{
			{"popularities", rolemining.RolePopularities, ""},
			{"popularities by name", rolemining.RolePopularities, "sorters=entitlementName"},
			{"applications", rolemining.RoleApplications, ""},
			{"identities", rolemining.RoleIdentities, ""},
			{"last identities", rolemining.RoleIdentities, "sorters=-name"},
			{"some identities", rolemining.RoleIdentities, "filters=name%20sw%20%22user%207%22"},
			{"usage", rolemining.SourceUsage, ""},
			{"most usage", rolemining.SourceUsage, "sorters=-usageCount"},
		} {
			l := asked(b, rolemining.List{Kind: list.kind, RoleID: id, SourceID: "src-a", IncludeCommon: true}, list.by)
			b.Run(id+"/"+list.name, func(b *testing.B) {
				for b.Loop() {
					s.Forget()
					must[rolemining.Page](b)(s.List(ctx, l))
				}
			})
		}
		b.Run(id+"/role", func(b *testing.B) {
			for b.Loop() {
				s.Forget()
				must[rolemining.PotentialRole](b)(s.Role(ctx, "s", id))
			}
		})
	}
	b.Run("mined", func(b *testing.B) { // 30 roles take the place of 30
		roles := make([]rolemining.PotentialRole, 30)
		for i := range roles {
			roles[i] = small
			roles[i].ID = fmt.Sprint("m", i)
		}
		for b.Loop() {
			change(b, s, "s", func(c *rolemining.SessionChange) { c.DropRoles, c.AddRoles = true, roles })
		}
	})
}
