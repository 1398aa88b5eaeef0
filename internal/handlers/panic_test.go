package handlers_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mockserver/internal/app/apptest"
	"mockserver/internal/clock"
	"mockserver/internal/handlers"
	"mockserver/internal/idgen"
)

// behindFront serves one request through Front and returns the answer and what
// was logged, by the message of each line.
func behindFront(t *testing.T, r *http.Request, h http.HandlerFunc) (*httptest.ResponseRecorder, map[string]map[string]any) {
	t.Helper()
	var logged bytes.Buffer
	front := handlers.Front(handlers.FrontConfig{
		IDs: idgen.New("test"), Clock: clock.NewManual(apptest.Now()), Log: slog.New(slog.NewJSONHandler(&logged, nil)), Origins: []string{"*"},
	}, h)
	w := httptest.NewRecorder()
	front.ServeHTTP(w, r)
	lines := map[string]map[string]any{}
	for text := range strings.Lines(logged.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		lines[line["msg"].(string)] = line
	}
	return w, lines
}

// TestPanic: a fault in the program is told to the client as the generic one,
// and to the log in full.
func TestPanic(t *testing.T) {
	t.Parallel()
	w, lines := behindFront(t, httptest.NewRequest(http.MethodGet, sessions, nil), func(http.ResponseWriter, *http.Request) {
		panic("the secret cause")
	})
	var body refusal
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 500 || body.DetailCode != "500.0 Internal Fault" ||
		body.TrackingID != w.Header().Get("SLPT-Request-ID") || strings.Contains(w.Body.String(), "secret") || inside.Match(w.Body.Bytes()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w.Header().Get("Content-Type") != contentJSON || len(w.Header()["Vary"]) != 3 {
		t.Errorf("%v", w.Header())
	}
	if fault := lines["panic"]; fault["fault"] != "the secret cause" || fault["trackingId"] != body.TrackingID || !strings.Contains(fault["stack"].(string), "panic_test.go") {
		t.Errorf("%v", fault)
	}
	if lines["request"]["status"] != 500.0 {
		t.Errorf("%v", lines["request"])
	}
	// Who has begun to answer cannot take it back.
	w, _ = behindFront(t, httptest.NewRequest(http.MethodGet, sessions, nil), func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		panic("late")
	})
	if w.Code != http.StatusCreated || w.Body.Len() > 0 {
		t.Errorf("after the header was written: %d %s", w.Code, w.Body)
	}
}

// TestAccessLine: one line a request, without the query, a token or a secret.
func TestAccessLine(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/oauth/token?client_secret=hush&client_id=me", strings.NewReader("client_secret=hush"))
	r.Header.Set("Authorization", "Bearer hush")
	w, lines := behindFront(t, r, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hush")) })
	line := lines["request"]
	for name, want := range map[string]any{"trackingId": w.Header().Get("SLPT-Request-ID"), "method": "POST", "path": "/oauth/token", "status": 200.0, "level": "INFO"} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
	for _, name := range []string{"operationId", "version", "durMs", "clientId"} {
		if _, ok := line[name]; !ok {
			t.Errorf("no %s in %v", name, line)
		}
	}
	if text, err := json.Marshal(lines); err != nil || bytes.Contains(text, []byte("hush")) || len(lines) != 1 {
		t.Errorf("logged: %s", text)
	}
}
