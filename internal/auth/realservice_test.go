package auth

import "testing"

func TestRealURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"https://acme.api.identitynow.com":            true,
		"https://acme.identitynow.com/oauth/token":    true,
		"https://ACME.API.IdentityNow.com:443/v2026/": true,
		"acme.api.identitynow.com":                    true,
		"acme.api.identitynow.com./x":                 true,
		"https://acme.login.sailpoint.com":            true,
		"https://x.identitynow-demo.com":              true,
		"identitynow.com":                             true,
		"http://127.0.0.1:8080":                       false,
		"http://localhost:8080/t/acme":                false,
		"https://identitynow.com.example":             false,
		"https://myidentitynow.com":                   false,
		"http://[::1]:8080":                           false,
		"":                                            false,
		"://":                                         false,
		"urn:x":                                       false,
	} {
		if got := RealURL(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
