package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/config"
)

// The default organisation, as far as the scenarios name it.
const (
	autoSession   = "8c190e67-87aa-4ed9-a90b-d9d5344523fb" // finished, AUTO_RM, over DataScienceDataset
	manualSession = "602ba738-cf48-499b-a780-7b67b3fc1ecf" // finished, MANUAL, over two departments
	firstRole     = autoSession                            // the first role of autoSession has its id, as in the documents
	savedRole     = "e0cc5d7d-bf7f-4f81-b2af-8885b09d9923"
	exportedRole  = "278359a6-04b7-4669-9468-924cf580964a"
	doneExport    = "4940ffd4-836f-48a3-b2b0-6d498c3fdf40"
	dataSource    = "2c9180877620c1460176267f336a106f" // DataScienceDataset
	adminID       = "2c9180907b1f3a52017b2d6e40c10a77"
	recipient     = "2c918090761a5aac0176215c46a62d58"
	otherIdentity = "2c918090761a5aac01722015c46a62d42"
	ownerExample  = "2b568c65bc3c4c57a43bd97e3a8e41"
	unknownUUID   = "00000000-0000-4000-8000-000000000000"

	sessions   = "/v2026/role-mining-sessions"
	roles      = "/v2026/role-mining-potential-roles"
	firstPath  = sessions + "/" + autoSession + "/potential-roles/" + firstRole
	exportPath = sessions + "/" + autoSession + "/potential-roles/" + exportedRole + "/export-async"

	miamiFilter = `{"displayName":{"untranslated":"Location: Miami"},"ariaLabel":{"untranslated":"Location: Miami"},` +
		`"data":{"displayName":{"translateKey":"IDN.IDENTITY_ATTRIBUTES.LOCATION"},"name":"location","operator":"EQUALS","values":["Miami"]}}`
)

// start runs a server of the default organisation that belongs to this test.
func start(tb testing.TB, change func(*config.Config)) *apptest.Server {
	tb.Helper()
	return apptest.Start(tb, change)
}

// message is ErrorMessageDto.
type message struct{ Locale, LocaleOrigin, Text string }

// refusal is an error in any family.
type refusal struct {
	DetailCode, TrackingID  string
	Messages, Causes        []message
	ErrorName, ErrorMessage string
	Error, Message          string
}

// refused checks that an answer is an ErrorResponseDto with this status and
// code whose text holds all the texts. It returns the text.
func refused(tb testing.TB, what string, got apptest.Answer, status int, code string, texts ...string) string {
	tb.Helper()
	var body refusal
	if err := json.Unmarshal(got.Body, &body); err != nil {
		tb.Errorf("%s: %d %s", what, got.Status, got.Body)
		return ""
	}
	if got.Status != status || body.DetailCode != code || len(body.Messages) == 0 {
		tb.Errorf("%s: %d %s, want %d %q", what, got.Status, got.Body, status, code)
		return ""
	}
	text := body.Messages[0].Text
	for _, want := range texts {
		if !strings.Contains(text, want) {
			tb.Errorf("%s: the text %q does not say %q", what, text, want)
		}
	}
	return text
}

// The detail codes.
const (
	badContent   = "400.1 Bad request content"
	illegalValue = "400.1.3 Illegal value"
	missingData  = "400.1.0 Required Data Missing Or Empty"
	badReference = "400.1.404 Referenced object not found"
	notFound     = "404 Not found"
	forbidden    = "403 Forbidden"
)

// status checks the status of an answer and passes it on.
func status(tb testing.TB, what string, got apptest.Answer, want int) apptest.Answer {
	tb.Helper()
	if got.Status != want {
		tb.Fatalf("%s: %d %s, want %d", what, got.Status, got.Body, want)
	}
	return got
}

// list gets a collection with query parameters given in pairs.
func list(s *apptest.Server, path string, pairs ...string) apptest.Answer {
	if len(pairs) == 0 {
		return s.Do(http.MethodGet, path, nil)
	}
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return s.Do(http.MethodGet, path+"?"+query.Encode(), nil)
}

// items decodes an array of objects.
func items(tb testing.TB, got apptest.Answer) []map[string]any {
	tb.Helper()
	var all []map[string]any
	if err := json.Unmarshal(got.Body, &all); err != nil {
		tb.Fatalf("%d %s: %v", got.Status, got.Body, err)
	}
	return all
}

// object decodes an object.
func object(tb testing.TB, got apptest.Answer) map[string]any {
	tb.Helper()
	var one map[string]any
	if err := json.Unmarshal(got.Body, &one); err != nil {
		tb.Fatalf("%d %s: %v", got.Status, got.Body, err)
	}
	return one
}

// at is what stands at a dotted path of an object, nil for nothing.
func at(item map[string]any, path string) any {
	var v any = item
	for name := range strings.SplitSeq(path, ".") {
		inner, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = inner[name]
	}
	return v
}

// column is what stands at a dotted path of each item.
func column(all []map[string]any, path string) []any {
	values := make([]any, len(all))
	for i, item := range all {
		values[i] = at(item, path)
	}
	return values
}

// bearer is the headers of a call with a token.
func bearer(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}, "X-Sailpoint-Experimental": {"true"}}
}

// with is a copy of a header with one more line.
func with(h http.Header, name, value string) http.Header {
	h = h.Clone()
	h.Set(name, value)
	return h
}

// newRole creates a session over those who work with the data set, mines it,
// and returns the paths of its best role in both forms.
func newRole(s *apptest.Server) (session, role string) {
	session = s.CreateSession(`{"scope":{"criteria":"source.name:DataScienceDataset"},"pruneThreshold":70}`)
	role = s.Get(sessions+"/"+session+"/potential-role-summaries?limit=1").Text(0, "id")
	return session, role
}
