package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"mockserver/internal/query"
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
		ids := make([]string, 20_000)
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

// BenchmarkList reads pages of 250 out of 20,000 sessions and 20,000 potential
// roles, 25 to a session. Only "cached" finds them in the cache.
func BenchmarkList(b *testing.B) {
	each(b, func(b *testing.B, s *store.Store) {
		ctx := context.Background()
		loaded(b, s)
		for n := range 20_000 {
			in := session("")
			in.CreatedAt = at(n)
			made := must[rolemining.Session](b)(s.CreateSession(ctx, in))
			if n%25 > 0 {
				continue
			}
			change(b, s, made.ID, func(c *rolemining.SessionChange) {
				for i := range 25 {
					one := role(fmt.Sprintf("%036d", n+i))
					one.Quality, one.CreatedAt = (n+i)*7%100, at(n)
					c.AddRoles = append(c.AddRoles, one)
				}
			})
		}
		quality := query.Query{Sort: []query.SortKey{{Field: "quality", Descending: true}}}
		for _, list := range []struct {
			name string
			of   rolemining.List
		}{
			{"sessions", rolemining.List{Kind: rolemining.SessionList}},
			{"summaries", rolemining.List{Kind: rolemining.AllSummaries}},
			{"best", rolemining.List{Kind: rolemining.AllSummaries, Query: quality}},
		} {
			l := list.of
			l.Query.Limit = 250
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
			b.Run(list.name+"/deep", func(b *testing.B) { page(b, func(i int) int { return i * 7919 % 19_000 }) })
		}
	})
}

// BenchmarkRoleLists reads the collections of a role of 400 members and 300
// entitlements.
func BenchmarkRoleLists(b *testing.B) {
	ctx, s := context.Background(), open(b, "")
	if err := s.Load(ctx, organisation(1200)); err != nil {
		b.Fatal(err)
	}
	big := role("big")
	big.IdentityIDs, big.Entitlements = nil, nil
	for i := range 400 {
		big.IdentityIDs = append(big.IdentityIDs, fmt.Sprintf("%032x", i*3))
	}
	for e := range 300 {
		big.Entitlements = append(big.Entitlements, rolemining.RoleEntitlement{
			ID: fmt.Sprintf("%032x", e*3), IdentityCount: e, Popularity: 100 - float64(e)/4, PopularityInOrg: 1.5, SourceUsage: ptr(3.5),
		})
	}
	withRoles(b, s, session("s"), big)
	for name, kind := range map[string]rolemining.ListKind{
		"popularities": rolemining.RolePopularities, "identities": rolemining.RoleIdentities,
		"usage": rolemining.SourceUsage, "applications": rolemining.RoleApplications,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.Forget()
				must[rolemining.Page](b)(s.List(ctx, rolemining.List{Kind: kind, RoleID: "big", SourceID: "src-a", IncludeCommon: true,
					Query: query.Query{Limit: 250}}))
			}
		})
	}
	b.Run("role", func(b *testing.B) {
		for b.Loop() {
			s.Forget()
			must[rolemining.PotentialRole](b)(s.Role(ctx, "s", "big"))
		}
	})
	b.Run("mined", func(b *testing.B) { // 30 such roles take the place of 30
		roles := make([]rolemining.PotentialRole, 30)
		for i := range roles {
			roles[i] = big
			roles[i].ID = fmt.Sprint("m", i)
		}
		for b.Loop() {
			change(b, s, "s", func(c *rolemining.SessionChange) { c.DropRoles, c.AddRoles = true, roles })
		}
	})
}
