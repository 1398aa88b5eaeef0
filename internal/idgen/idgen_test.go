package idgen_test

import (
	"regexp"
	"strings"
	"testing"

	"mockserver/internal/idgen"
)

func TestSameSeedSameIDs(t *testing.T) {
	a, b, other := idgen.New("7"), idgen.New("7"), idgen.New("8")
	for n := range int64(50) {
		if a.UUID("session", n) != b.UUID("session", n) || a.Hex("role", n) != b.Hex("role", n) {
			t.Fatal("equal seeds gave different identifiers")
		}
		if a.UUID("session", n) == other.UUID("session", n) || a.UUID("session", n) == a.UUID("export", n) {
			t.Fatal("seed or kind did not matter")
		}
	}
	if a.RequestID() != b.RequestID() {
		t.Error("request ids differ for equal seeds")
	}
	if a.Named("x") != b.Named("x") || a.Named("x") == a.Named("y") {
		t.Error("named ids do not follow the name")
	}
	if got := strings.ReplaceAll(a.Named("x"), "-", ""); a.NamedHex("x") != got {
		t.Errorf("NamedHex = %s, want %s", a.NamedHex("x"), got)
	}
}

func TestRequestIDsAreHexAndDistinct(t *testing.T) {
	s, form := idgen.New("7"), regexp.MustCompile(`^[0-9a-f]{32}$`)
	seen := map[string]bool{}
	for range 10_000 {
		id := s.RequestID()
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("bad or repeated id %q", id)
		}
		seen[id] = true
	}
}
