package journal_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"mockserver/internal/journal"
)

// secret is what must not be seen.
const secret = "S3cr3t.of-Mine_42"

// jwt is a token as the server issues them.
const jwt = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJqdGkiOiJTM2NyM3Qub2YtTWluZV80MiJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"

// shown records an exchange and returns everything that a reader can see of it.
func shown(t testing.TB, x *journal.Exchange) string {
	t.Helper()
	j := journal.New(journal.Config{Entries: 10, Bytes: journal.MinBytes, Request: 4 << 10, Response: 4 << 10})
	j.Record(x)
	entry, ok, _ := j.Entry(1)
	if !ok {
		t.Fatal("nothing was recorded")
	}
	verdict := j.Verify(journal.Matcher{
		Filter: journal.Filter{Path: "/nowhere", Method: x.Method},
		Query:  map[string][]string{"client_secret": {"x"}, "limit": {"1"}},
		Body:   map[string]any{"client_secret": "x"},
	}, journal.Count{Least: 1, Most: -1})
	return fmt.Sprintf("%+v\n%+v", entry, verdict)
}

func request(path, contentType, body string) *journal.Exchange {
	x := get(path, 200)
	x.Method, x.Operation, x.Version = "POST", "", ""
	x.RequestHeader = map[string][]string{"Content-Type": {contentType}}
	x.Request = content(body)
	return x
}

const (
	urlencoded = "application/x-www-form-urlencoded"
	jsonType   = "application/json"
)

// Every form in which a request or an answer carries a secret. %s is the secret.
func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	header := func(name, value string) *journal.Exchange {
		x := get("/v2026/role-mining-sessions", 200)
		x.RequestHeader = map[string][]string{name: {value}}
		return x
	}
	answer := func(contentType, body string) *journal.Exchange {
		x := get("/oauth/token", 200)
		x.ResponseHeader = map[string][]string{"Content-Type": {contentType}}
		x.Response = content(body)
		return x
	}
	query := func(path, q string) *journal.Exchange {
		x := get(path, 200)
		x.Query = q
		return x
	}
	location := func(to string) *journal.Exchange {
		x := get("/oauth/authorize", 302)
		x.ResponseHeader = map[string][]string{"Location": {to}}
		return x
	}
	part := func(name, value string) string {
		return "--b1\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	tests := map[string]*journal.Exchange{
		"bearer":                          header("Authorization", "Bearer "+secret),
		"bearer, in another case":         header("Authorization", "bearer  "+secret),
		"basic":                           header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("me:"+secret))),
		"no scheme":                       header("Authorization", secret),
		"an unknown scheme":               header("Authorization", "Mine "+secret),
		"a scheme and no blank":           header("Authorization", "Bearer"+secret),
		"cookie":                          header("Cookie", "session="+secret),
		"a header of ours with a secret":  header("X-Mock-Token", secret),
		"a secret among preferences":      header("Prefer", "code=429, access_token="+secret),
		"a header that is not kept":       header("X-Api-Key", secret),
		"a token in another header":       header("User-Agent", "curl "+jwt),
		"client_secret in a form":         request("/oauth/token", urlencoded, "grant_type=client_credentials&client_secret="+secret+"&client_id=me"),
		"the last of a form":              request("/oauth/token", urlencoded, "client_id=me&client_secret="+secret),
		"with signs in it":                request("/oauth/token", urlencoded, "client_secret=a b\"c="+secret+"&client_id=me"),
		"an escaped name":                 request("/oauth/token", urlencoded, "client%5Fsecret="+secret),
		"another case":                    request("/oauth/token", urlencoded, "CLIENT-SECRET="+secret),
		"refresh_token":                   request("/oauth/token", urlencoded, "refresh_token="+secret),
		"code":                            request("/oauth/token", urlencoded, "grant_type=authorization_code&code="+secret),
		"code_verifier":                   request("/oauth/token", urlencoded, "code_verifier="+secret),
		"password":                        request("/oauth/token", urlencoded, "username=me&password="+secret),
		"client_assertion":                request("/oauth/token", urlencoded, "client_assertion="+secret),
		"a form with another type":        request("/oauth/token", "text/plain", "client_secret="+secret),
		"a form that is not utf-8":        request("/v2026/x", urlencoded, "a=\xff&client_secret="+secret),
		"a binary body for a token":       request("/oauth/token", "application/octet-stream", "\xff\xfe"+secret),
		"JSON in a form":                  request("/oauth/token", urlencoded, "data="+url.QueryEscape(`{"client_secret":"`+secret+`"}`)),
		"a form in a form":                request("/oauth/token", urlencoded, "data="+url.QueryEscape("a=b&client_secret="+secret)),
		"JSON":                            request("/oauth/token", jsonType, `{"client_id":"me","client_secret":"`+secret+`"}`),
		"JSON with another type":          request("/oauth/token", urlencoded, `{"client_id":"me","client_secret":"`+secret+`"}`),
		"JSON with blanks":                request("/v2026/x", jsonType, "{\n  \"access_token\" : \""+secret+"\"\n}"),
		"JSON, deep":                      request("/v2026/x", jsonType, `[{"a":{"clientSecret":"`+secret+`"}}]`),
		"JSON, an escaped name":           request("/v2026/x", jsonType, `{"client_secre\u0074":"`+secret+`"}`),
		"JSON, a quote in the secret":     request("/v2026/x", jsonType, `{"password":"x\"`+secret+`"}`),
		"JSON, a list of secrets":         request("/v2026/x", jsonType, `{"tokens":1,"token":["a","`+secret+`"]}`),
		"JSON, an object of secrets":      request("/v2026/x", jsonType, `{"credentials":{"id":"me","key":"`+secret+`"}}`),
		"JSON in JSON":                    request("/v2026/x", jsonType, `{"body":"{\"client_secret\":\"`+secret+`\"}"}`),
		"a URL in JSON":                   request("/v2026/x", jsonType, `{"callback":"http://a/?access_token=`+secret+`&x=1"}`),
		"JSON that is cut":                request("/v2026/x", jsonType, `{"name":"n","client_secret":"`+secret),
		"JSON that is none":               request("/v2026/x", jsonType, `{"client_secret":"`+secret+`",,}`),
		"names without quotes":            request("/v2026/x", jsonType, `{client_secret: '`+secret+`', a: 1}`),
		"a form that begins like JSON":    request("/v2026/x", jsonType, `{client_secret=`+secret),
		"lines":                           request("/v2026/x", "text/yaml", "client_id: me\nclient_secret: "+secret+"\n"),
		"multipart":                       request("/oauth/token", "multipart/form-data; boundary=b1", part("client_id", "me")+part("client_secret", secret)+"--b1--\r\n"),
		"multipart, without its type":     request("/oauth/token", "", part("client_id", "me")+part("client_secret", secret)+"--b1--\r\n"),
		"multipart, several lines":        request("/oauth/token", "multipart/form-data; boundary=b1", part("client_secret", "x\r\n\r\n"+secret)+"--b1--\r\n"),
		"multipart, cut":                  request("/oauth/token", "multipart/form-data; boundary=b1", part("client_id", "me")+"--b1\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n"+secret),
		"multipart, JSON in it":           request("/oauth/token", "multipart/form-data; boundary=b1", part("data", `{"client_secret":"`+secret+`"}`)+"--b1--\r\n"),
		"multipart, an unreadable header": request("/oauth/token", "multipart/form-data; boundary=b1", "--b1\r\nContent-Disposition: ;;; name=client_secret\r\n\r\n"+secret+"\r\n--b1--"),
		"a query":                         query("/oauth/token", "grant_type=client_credentials&client_secret="+secret),
		"a query of the API":              query("/v2026/role-mining-sessions", "access_token="+secret+"&limit=1"),
		"a token in a path":               get("/v2026/role-mining-sessions/"+jwt, 404),
		"where a browser is sent":         location("http://localhost/cb?state=1&code=" + secret),
		"in the fragment":                 location("http://localhost/cb#access_token=" + secret),
		"in the fragment, escaped":        location("http://localhost/cb?x=1#access%5Ftoken=" + secret),
		"the answer of a token":           answer("application/json", `{"access_token":"`+secret+`","token_type":"bearer","refresh_token":"`+secret+`"}`),
		"the answer, cut":                 answer("application/json", `{"access_token":"`+secret),
		"code in an answer":               answer("application/json", `{"code":"`+secret+`"}`),
	}
	for name, x := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x.Refused, x.Hint = "it said client_secret="+secret, jwt
			if text := shown(t, x); strings.Contains(text, secret) || strings.Contains(text, jwt[:40]) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(secret))[:12]) {
				t.Errorf("the secret is in %s", text)
			}
		})
	}
}

// What is no secret stays as it was sent.
func TestOtherTextsAreKept(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ contentType, body, want string }{
		"JSON":             {jsonType, `{"scope": {"criteria":"a:b"}, "name":"a=b&c", "code":"7", "n":1.50}`, `{"scope": {"criteria":"a:b"}, "name":"a=b&c", "code":"7", "n":1.50}`},
		"a patch":          {jsonType, `[{"op":"replace","path":"/name","value":"Token team"}]`, `[{"op":"replace","path":"/name","value":"Token team"}]`},
		"a form":           {urlencoded, "grant_type=refresh_token&client_id=me&scope=a+b", "grant_type=refresh_token&client_id=me&scope=a+b"},
		"around a secret":  {jsonType, `{"a":1, "token" : "x" ,"b":[true,null]}`, `{"a":1, "token" : "[redacted]" ,"b":[true,null]}`},
		"null":             {jsonType, `{"password":null,"secret":7}`, `{"password":null,"secret":"[redacted]"}`},
		"names of secrets": {jsonType, `{"token_type":"bearer","grant_type":"password"}`, `{"token_type":"bearer","grant_type":"password"}`},
		"nothing":          {jsonType, " \n", " \n"},
		"a text":           {"text/plain", "all is well", "all is well"},
		"a short eyJ":      {"text/plain", "eyJhIjoxfQ.", "eyJhIjoxfQ."},
		"a form around":    {urlencoded, "a=1&client_secret=x&b=2", "a=1&client_secret=[redacted]&b=2"},
		"multipart": {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nme\r\n--b--\r\n",
			"--b\r\nContent-Disposition: form-data; name=\"client_id\"\r\n\r\nme\r\n--b--\r\n"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := small()
			j.Record(request("/v2026/role-mining-sessions", tc.contentType, tc.body))
			if e, _, _ := j.Entry(1); e.Request.Data != tc.want {
				t.Errorf("%q is shown as %q", tc.body, e.Request.Data)
			}
		})
	}
}

// The code of a header Prefer is a status, which a test wants to see again.
func TestPreferencesAreKept(t *testing.T) {
	t.Parallel()
	j, x := small(), get("/v2026/role-mining-sessions", 429)
	x.RequestHeader = map[string][]string{"Prefer": {"code=429, retry-after=2"}}
	j.Record(x)
	if e, _, _ := j.Entry(1); len(e.RequestHeaders) != 1 || e.RequestHeaders[0].Value != "code=429, retry-after=2" {
		t.Errorf("%v", e.RequestHeaders)
	}
}

// The kind of credentials is kept: an empty bearer is a mistake of its own.
func TestCredentialsKeepTheirKind(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Bearer abc": "Bearer [redacted]", "Bearer ": "Bearer", "bearer": "Bearer", "Basic abc": "Basic [redacted]",
		"Bearerabc": "[redacted]", "abc": "[redacted]", "": "[redacted]",
	}
	for sent, want := range tests {
		j := small()
		x := get("/", 401)
		x.RequestHeader = map[string][]string{"Authorization": {sent}}
		j.Record(x)
		if e, _, _ := j.Entry(1); e.RequestHeaders[0].Value != want {
			t.Errorf("%q is shown as %q, want %q", sent, e.RequestHeaders[0].Value, want)
		}
	}
}

func TestBinaryBodies(t *testing.T) {
	t.Parallel()
	zip := "PK\x03\x04\xff\xfe&token=\x00=code=1"
	j := small()
	x := get("/v2026/x/export", 200)
	x.ResponseHeader = map[string][]string{"Content-Type": {"application/zip"}}
	x.Response = content(zip)
	j.Record(x)
	if e, _, _ := j.Entry(1); e.Response.Data != zip || !e.Response.Binary {
		t.Errorf("a ZIP is shown as %q, binary: %v", e.Response.Data, e.Response.Binary)
	}
	// A cut in the middle of a sign makes no binary of a text.
	j = journal.New(journal.Config{Entries: 1, Response: 6})
	x.Response = content("äöüß")
	for cut := range 7 {
		x.Response = content("x"[:cut%2] + "äö€ü")
		j.Record(x)
		if e, _, _ := j.Entry(uint64(cut + 1)); e.Response.Binary || !e.Response.Truncated || !strings.HasPrefix(string(x.Response.Data), e.Response.Data) {
			t.Errorf("a cut text is shown as %q, %+v", e.Response.Data, e.Response)
		}
	}
}

// A secret does not come out again, whatever stands around it and wherever the
// body is cut.
func FuzzRedaction(f *testing.F) {
	f.Add("a", "b", "x", uint8(0), uint16(0))
	f.Add("x&y=1", "\"},{", "multipart/form-data; boundary=b1", uint8(3), uint16(40))
	f.Add(`{"a":"`, `"}`, jsonType, uint8(2), uint16(300))
	f.Add("--b1\r\n", "\r\n--b1--", urlencoded, uint8(4), uint16(0))
	f.Fuzz(func(t *testing.T, before, after, contentType string, form uint8, cut uint16) {
		if strings.Contains(before+after+contentType, "S3cr") {
			return // the text itself has the secret
		}
		x := request("/oauth/token", contentType, "")
		quoted := func(s string) string {
			text, _ := json.Marshal(strings.ToValidUTF8(s, ""))
			return string(text)
		}
		plain := url.QueryEscape
		var body string
		switch form % 5 {
		case 0:
			body = "before=" + plain(before) + "&client_secret=" + plain(secret) + "&after=" + plain(after)
		case 1:
			x.Query = "before=" + plain(before) + "&refresh_token=" + plain(secret) + "&after=" + plain(after)
		case 2:
			body = `{"before":` + quoted(before) + `,"client_secret":` + quoted(secret) + `,"after":` + quoted(after) + `}`
		case 3:
			body = `{"a":[{"b":` + quoted(before) + `},{"accessToken":[1,` + quoted(secret) + `]}],"after":` + quoted(after) + `}`
		case 4:
			x.RequestHeader["Content-Type"] = []string{"multipart/form-data; boundary=sep"}
			if strings.Contains(before, "--sep") {
				return // the text itself has the boundary
			}
			body = "--sep\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + before +
				"\r\n--sep\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\n" + secret + "\r\n--sep--\r\n"
		}
		x.Request = journal.Content{Size: int64(len(body)), Data: []byte(body)}
		if n := int(cut); n > 0 && n < len(body) {
			x.Request.Data = x.Request.Data[:n]
		}
		// Of a secret that is cut, its beginning must not be seen either.
		if text := shown(t, x); strings.Contains(text, "S3cr") {
			t.Errorf("the secret of %q is in %s", x.Request.Data, text)
		}
	})
}
