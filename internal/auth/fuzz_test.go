package auth

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func FuzzTokenRequest(f *testing.F) {
	const form, part = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	const ok = "grant_type=client_credentials&client_id=sub&client_secret=s"
	f.Add("", form, ok, "")
	f.Add(ok, "", "", "")
	f.Add("grant_type=CLIENT_CREDENTIALS", form, "client_id=sub&client_secret=s", "")
	f.Add("", form, "grant_type=client_credentials", "Basic c3ViOnM=")
	f.Add("", part, "--b\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nsub\r\n--b--\r\n", "")
	f.Add("", "application/json", `{"grant_type":"client_credentials"}`, "")
	f.Add("a=%zz;b", "multipart/form-data", "--", "Basic !")
	f.Add("grant_type=refresh_token&client_id=sub&client_secret=s&refresh_token=a.b.c", "", "", "Bearer x")
	f.Add("grant_type=authorization_code&client_id=sub&client_secret=s&code=x&code_verifier=y", "", "", "")
	f.Add("client_id=\x00&client_id=\xff", "a/b; c", "x", "basic Og==")
	w := newWorld(f, Strict)
	f.Fuzz(func(t *testing.T, query, media, body, authorization string) {
		r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", authorization)
		rec := httptest.NewRecorder()
		w.Token(rec, r)
		var answer map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatalf("status %d, body %q: %v", rec.Code, rec.Body, err)
		}
		switch rec.Code {
		case 200:
			token, _ := answer["access_token"].(string)
			if p, err := w.call("Bearer " + token); err != nil || p.ClientID == "" {
				t.Fatalf("the token that was issued does not hold: %+v, %v", p, err)
			}
		case 400, 401, 413:
			code, _ := answer["error"].(string)
			text, _ := answer["error_description"].(string)
			if code == "" || text == "" || answer["access_token"] != nil {
				t.Fatalf("status %d, body %s", rec.Code, rec.Body)
			}
		default:
			t.Fatalf("status %d, body %s", rec.Code, rec.Body)
		}
	})
}

func FuzzVerify(f *testing.F) {
	w := newWorld(f, Strict)
	valid := w.login(f, "sub", "s")
	for _, seed := range []string{
		"", "Bearer", "bearer " + valid, "Bearer  " + valid + " ", "Bearer " + valid[:len(valid)-1], "Bearer " + valid + "=",
		"Bearer a.b.c", "Bearer ..", "Basic x", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer\t" + valid,
		"Bearer " + swap(valid, 0, "eyJhbGciOiJIUzI1NiJ9"), "Bearer " + swap(valid, 1, "bnVsbA"), "\xff",
		"Bearer " + forge(f, jwt.SigningMethodHS256, []byte("x"), w.good()),
	} {
		f.Add(seed)
	}
	signed := valid[:strings.LastIndex(valid, ".")]
	f.Fuzz(func(t *testing.T, header string) {
		p, err := w.call(header)
		if err == nil {
			if !strings.Contains(header, signed) || p.ClientID != "sub" {
				t.Fatalf("%q was accepted for %+v", header, p)
			}
			return
		}
		var denied *Denied
		if !errors.As(err, &denied) || denied.Text != "JWT is required" && !strings.HasPrefix(denied.Text, "JWT validation failed: JWT ") {
			t.Fatalf("%q: error %v", header, err)
		}
	})
}

func FuzzAuthorize(f *testing.F) {
	for _, seed := range []string{
		"client_id=admin&response_type=code&redirect_uri=https://app.example/cb&state=x",
		"client_id=admin&response_type=code&redirect_uri=myapp://cb",
		"client_id=x&response_type=code&redirect_uri=http://web:3000/?a=1",
		"client_id=x&redirect_uri=javascript:alert(1)", "client_id=x&redirect_uri=http:%5C%5Cevil", "client_id=x&redirect_uri=//evil",
		"client_id=public&code_challenge=x", "client_id=x&redirect_uri=http://a%0d%0ab", "redirect_uri=http://[::1", "%zz",
	} {
		f.Add(seed)
	}
	registered := directory().clients["admin"].RedirectURIs
	w := newWorld(f, Lenient)
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/oauth/authorize", nil)
		r.URL.RawQuery = query
		rec := httptest.NewRecorder()
		w.Authorize(rec, r)
		location := rec.Header().Get("Location")
		switch rec.Code {
		case 302:
			u, err := url.Parse(location)
			if err != nil || strings.ContainsAny(location, "\r\n") {
				t.Fatalf("redirected to %q: %v", location, err)
			}
			known := slices.ContainsFunc(registered, func(uri string) bool { return strings.HasPrefix(location, uri+"?") })
			if !known && u.Scheme != "http" && u.Scheme != "https" {
				t.Fatalf("redirected to %q", location)
			}
			if strings.Count(location, "code=") == 0 && strings.Count(location, "error=") == 0 {
				t.Fatalf("redirected to %q with neither code nor error", location)
			}
		case 400, 401:
			if location != "" || !json.Valid(rec.Body.Bytes()) {
				t.Fatalf("status %d, location %q, body %q", rec.Code, location, rec.Body)
			}
		default:
			t.Fatalf("status %d", rec.Code)
		}
	})
}

// Whatever claims are wanted, a forged token is treated as was foretold.
func FuzzForge(f *testing.F) {
	f.Add("valid", `{"org":"x","scope":null}`)
	f.Add("expired", `{"exp":1e400}`)
	f.Add("noUser", `{"exp":-1e18,"nbf":"soon"}`)
	f.Add("tooLarge", `{"aud":["a",1]}`)
	f.Add("wrongSignature", `{}`)
	f.Add("nonsense", `{"a":{"b":[1,null]}}`)
	w := newWorld(f, Strict)
	f.Fuzz(func(t *testing.T, kind, claims string) {
		var over map[string]json.RawMessage
		if json.Unmarshal([]byte(claims), &over) != nil {
			return
		}
		forged, err := w.Forge(ForgeOrder{Kind: kind, ClientID: "admin", Claims: over})
		var wrong *ForgeError
		if errors.As(err, &wrong) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		want := forged.Expect[Strict]
		p, err := w.call("Bearer " + forged.Token)
		if (err != nil) != (want.Read == 401) || err != nil && err.Error() != want.Reason {
			t.Fatalf("%v, foretold %+v", err, want)
		}
		if err == nil && p.May([]string{Manage}, nil) != (want.Manage == 200) {
			t.Fatalf("%+v, foretold %+v", p, want)
		}
	})
}
