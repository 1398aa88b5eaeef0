package har_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/journal"
	"mockserver/internal/journal/har"
)

func entries() []journal.Entry {
	return []journal.Entry{
		{
			Number: 1, Time: time.Date(2026, 3, 1, 12, 0, 0, 5e6, time.UTC), Duration: 1500 * time.Microsecond,
			Proto: "HTTP/1.1", Scheme: "http", Host: "localhost:8080", Method: "POST", Path: "/oauth/token", Query: "a=b+c&d=%zz&e",
			Operation: "getToken", TrackingID: "t1", Status: 200,
			RequestHeaders:  []journal.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
			ResponseHeaders: []journal.Header{{Name: "Content-Type", Value: "application/json"}},
			Request:         journal.Body{Size: 13, Data: "client_id=me&"},
			Response:        journal.Body{Size: 2, Data: "{}"},
		},
		{
			Number: 2, Proto: "HTTP/1.1", Scheme: "http", Host: "localhost:8080", Method: "GET", Path: "/v2026/x/export", Status: 302,
			Refused: "no", Hint: "do that", Fault: "f1", Version: "v2026", Client: "me",
			ResponseHeaders: []journal.Header{{Name: "Content-Type", Value: "application/zip"}, {Name: "Location", Value: "/there"}},
			Response:        journal.Body{Size: 9000, Truncated: true, Data: "PK\xff", Binary: true},
		},
		{
			Number: 3, Proto: "HTTP/1.1", Scheme: "https", Host: "h", Method: "GET", Prefix: "/t/a", Path: "/beta", Aborted: "broken off",
		},
	}
}

// The archive has what version 1.2 of the format asks for.
func TestArchive(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(har.Of(entries(), "1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	var archive map[string]any
	if err := json.Unmarshal(text, &archive); err != nil {
		t.Fatal(err)
	}
	checkHAR(t, archive, 3)
	log := archive["log"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"name": "mockserver", "version": "1.2.3"}, log["creator"]); diff != "" {
		t.Errorf("creator (-want +got):\n%s", diff)
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	got := har.Of(entries(), "1").Log.Entries
	first := har.Entry{
		StartedDateTime: "2026-03-01T12:00:00.005Z", Time: 1.5, Timings: har.Timings{Wait: 1.5},
		Number: 1, TrackingID: "t1", Operation: "getToken",
		Request: har.Request{
			Method: "POST", URL: "http://localhost:8080/oauth/token?a=b+c&d=%zz&e", HTTPVersion: "HTTP/1.1", Cookies: []har.Pair{},
			Headers:     []har.Pair{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
			QueryString: []har.Pair{{Name: "a", Value: "b c"}, {Name: "d", Value: "%zz"}, {Name: "e"}},
			PostData:    &har.PostData{MimeType: "application/x-www-form-urlencoded", Text: "client_id=me&"},
			HeadersSize: -1, BodySize: 13,
		},
		Response: har.Response{
			Status: 200, StatusText: "OK", HTTPVersion: "HTTP/1.1", Cookies: []har.Pair{},
			Headers:     []har.Pair{{Name: "Content-Type", Value: "application/json"}},
			Content:     har.Content{Size: 2, MimeType: "application/json", Text: "{}"},
			HeadersSize: -1, BodySize: 2,
		},
	}
	if diff := cmp.Diff(first, got[0]); diff != "" {
		t.Errorf("the first entry (-want +got):\n%s", diff)
	}
	want := har.Content{
		Size: 9000, MimeType: "application/zip", Text: base64.StdEncoding.EncodeToString([]byte("PK\xff")), Encoding: "base64",
		Comment: "only the beginning was kept",
	}
	if diff := cmp.Diff(want, got[1].Response.Content); diff != "" {
		t.Errorf("a ZIP (-want +got):\n%s", diff)
	}
	second := got[1]
	if second.Response.RedirectURL != "/there" || second.Refused != "no" || second.Hint != "do that" || second.Fault != "f1" || second.Version != "v2026" || second.Client != "me" || second.Request.PostData != nil {
		t.Errorf("the second entry: %+v", second)
	}
	if third := got[2]; third.Response.Status != 0 || third.Error != "broken off" || third.Request.URL != "https://h/t/a/beta" {
		t.Errorf("the third entry: %+v", third)
	}
}

// checkHAR checks the structure of an archive: every member that the specification
// of version 1.2 requires, with its type.
func checkHAR(t *testing.T, archive map[string]any, count int) {
	t.Helper()
	log := has(t, archive, "", map[string]string{"log": "object"})["log"].(map[string]any)
	has(t, log, "log", map[string]string{"version": "string", "creator": "object", "entries": "array"})
	if log["version"] != "1.2" {
		t.Errorf("version %v", log["version"])
	}
	all := log["entries"].([]any)
	if len(all) != count {
		t.Errorf("%d entries, want %d", len(all), count)
	}
	for _, one := range all {
		entry := has(t, one, "entry", map[string]string{
			"startedDateTime": "time", "time": "number", "request": "object", "response": "object", "cache": "object", "timings": "object",
		})
		has(t, entry["timings"], "timings", map[string]string{"send": "number", "wait": "number", "receive": "number"})
		request := has(t, entry["request"], "request", map[string]string{
			"method": "string", "url": "url", "httpVersion": "string", "cookies": "array", "headers": "pairs", "queryString": "pairs",
			"headersSize": "number", "bodySize": "number",
		})
		if post, ok := request["postData"]; ok {
			has(t, post, "postData", map[string]string{"mimeType": "string", "text": "string"})
		}
		response := has(t, entry["response"], "response", map[string]string{
			"status": "number", "statusText": "string", "httpVersion": "string", "cookies": "array", "headers": "pairs", "content": "object",
			"redirectURL": "string", "headersSize": "number", "bodySize": "number",
		})
		has(t, response["content"], "content", map[string]string{"size": "number", "mimeType": "string"})
	}
}

// has checks that an object has members of these types.
func has(t *testing.T, value any, at string, types map[string]string) map[string]any {
	t.Helper()
	object, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("%s is no object but %v", at, value)
	}
	for name, want := range types {
		if member, ok := object[name]; !ok || !is(member, want) {
			t.Errorf("%s.%s is %v, want a %s", at, name, member, want)
		}
	}
	return object
}

func is(value any, want string) bool {
	text, isText := value.(string)
	list, isList := value.([]any)
	switch want {
	case "object":
		_, ok := value.(map[string]any)
		return ok
	case "array":
		return isList
	case "number":
		_, ok := value.(float64)
		return ok
	case "time":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	case "url":
		u, err := url.Parse(text)
		return err == nil && u.IsAbs() && u.Host != ""
	case "pairs":
		for _, item := range list {
			pair, _ := item.(map[string]any)
			_, name := pair["name"].(string)
			_, value := pair["value"].(string)
			isList = isList && name && value
		}
		return isList
	default:
		return isText
	}
}
