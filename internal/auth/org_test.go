package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"mockserver/internal/auth"
)

func payload(text string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(text)) + ".sig"
}

func TestOrgOf(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		payload(`{"exp":1,"org":"acme","pod":"x"}`):             "acme",
		payload(`{"org":7}`):                                    "",
		payload(`{"sub":"x"}`):                                  "",
		payload(`[]`):                                           "",
		payload(`{"org":"` + strings.Repeat("a", 8<<10) + `"}`): "",
		"e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"org":"a"}`)): "",
		"e30.%.sig": "",
		"":          "",
		"a":         "",
		"..":        "",
	} {
		if got := auth.OrgOf(token); got != want {
			t.Errorf("%.60q: %q, want %q", token, got, want)
		}
	}
}

func FuzzOrgOf(f *testing.F) {
	for _, seed := range []string{"", "a.b.c", "..", payload(`{"org":"acme"}`), payload(`{"org":null}`), payload(`{`)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if org := auth.OrgOf(token); len(org) > len(token) {
			t.Errorf("%q is longer than the token", org)
		}
	})
}
