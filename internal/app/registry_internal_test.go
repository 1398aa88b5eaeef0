package app

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
)

// Tokens come from whoever sends one: only those that name an organisation are
// remembered, and only so many.
func TestOrgsAreBounded(t *testing.T) {
	t.Parallel()
	var o orgs
	token := func(payload string) string {
		return "h." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".s"
	}
	for _, useless := range []string{"x", "a.b.c", token(`{}`), token(`{"org":"` + strings.Repeat("x", 50<<10) + `"}`)} {
		if got := o.of(useless); got != "" || len(o.all) > 0 {
			t.Errorf("%.40q: %q, %d remembered", useless, got, len(o.all))
		}
	}
	for i := range 3 * maxOrgs {
		if got, want := o.of(token(`{"org":"a`+strconv.Itoa(i)+`"}`)), "a"+strconv.Itoa(i); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		if len(o.all) > maxOrgs {
			t.Fatalf("%d remembered", len(o.all))
		}
	}
}
