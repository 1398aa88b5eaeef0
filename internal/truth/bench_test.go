package truth_test

import (
	"bytes"
	"fmt"
	"testing"

	"mockserver/internal/truth"
)

// large is an organisation of n identities in roles of a hundred, and roles
// found that are each a tenth off.
func large(n int) (truth.Truth, []truth.Found) {
	known := truth.Truth{Identities: map[string]string{}}
	found := make([]truth.Found, n/100)
	for k := range found {
		role := truth.Role{ID: fmt.Sprint("role-", k), Name: fmt.Sprint("Role ", k)}
		for e := range 20 {
			role.EntitlementIDs = append(role.EntitlementIDs, fmt.Sprintf("entitlement-%d-%d", k, e))
		}
		known.Roles = append(known.Roles, role)
		found[k].Core = role.EntitlementIDs[2:]
	}
	for i := range n {
		id := fmt.Sprintf("2c9180907b1f3a52017b2d6e%08x", i)
		known.Identities[id] = known.Roles[i/100].ID
		k := i / 100
		if i%10 == 9 {
			k = (k + 1) % len(found)
		}
		found[k].IdentityIDs = append(found[k].IdentityIDs, id)
	}
	return known, found
}

func BenchmarkScore(b *testing.B) {
	known, found := large(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if s := known.Score(found, nil, 20); s.Found != s.Planted || s.ARI > 0.9 {
			b.Fatalf("%+v", s)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	known, _ := large(100_000)
	var text bytes.Buffer
	if err := truth.Write(&text, known); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := truth.Read(bytes.NewReader(text.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
