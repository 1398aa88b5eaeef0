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
	if a.NamedHex("x") != b.NamedHex("x") || a.NamedHex("x") == a.NamedHex("y") || a.NamedHex("x") == other.NamedHex("x") {
		t.Error("named ids do not follow the name and the seed")
	}
	if got := a.NamedHex("x"); len(got) != 32 || strings.Trim(got, "0123456789abcdef") != "" {
		t.Errorf("NamedHex = %s, want 32 hex digits", got)
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
