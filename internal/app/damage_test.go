package app_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mockserver/internal/app"
	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/store"
)

// TestDamagedFile has the table of sessions damaged under a server: clients of the
// API and of the control plane are told that the database is, and nothing of SQL;
// the log says the reason; and what is elsewhere in the file is still served. The
// next server does not start on it.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mock.db")
	inFile := func(c *config.Config) { c.DB, c.Auth = path, auth.Off }
	a, err := newApp(t, inFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil { // the log is in the file now
		t.Fatal(err)
	}
	settings, err := config.Load(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	inFile(&settings)
	var log bytes.Buffer
	a, err = app.New(t.Context(), app.Options{
		Config: settings, Clock: clock.Real{}, Log: slog.New(slog.NewJSONHandler(&log, nil)), Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	spoil(t, path, `"prescribedPruneThreshold"`) // only answers for sessions have it
	get := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("X-Sailpoint-Experimental", "true")
		w := httptest.NewRecorder()
		a.Handler.ServeHTTP(w, r)
		return w
	}
	const reason = "The database is damaged and could not be read."
	got := get("/v2026/role-mining-sessions")
	if got.Code != http.StatusServiceUnavailable || !strings.Contains(got.Body.String(), `"detailCode":"503 Service Unavailable"`) ||
		!strings.Contains(got.Body.String(), `"text":"`+reason+`"`) || strings.Contains(got.Body.String(), "SELECT") {
		t.Errorf("%d %s; want 503 and the reason", got.Code, got.Body)
	}
	if text := log.String(); !strings.Contains(text, "database disk image is malformed") || strings.Contains(text, "SELECT") {
		t.Errorf("the log does not say the reason, or shows SQL: %s", text)
	}
	if got := get("/_mock/sessions/8c190e67-87aa-4ed9-a90b-d9d5344523fb/explain"); got.Code != http.StatusServiceUnavailable || got.Body.String() != `{"error":"`+reason+`"}` {
		t.Errorf("the control plane: %d %s; want 503 and the reason", got.Code, got.Body)
	}
	for _, path := range []string{"/_mock/health/live", "/_mock/outbox"} {
		if got := get(path); got.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
	_ = a.Close() // it may say that the file is damaged
	if _, err := newApp(t, inFile); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("the next server: %v", err)
	}
}

// spoil overwrites the pages of a database's tables that have a text.
func spoil(t *testing.T, path, text string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page, leaf = 4096, 0x0d
	spoiled := 0
	for at := page; at < len(content); at += page {
		if content[at] == leaf && bytes.Contains(content[at:at+page], []byte(text)) {
			copy(content[at:], bytes.Repeat([]byte{0xff}, page))
			spoiled++
		}
	}
	if spoiled == 0 {
		t.Fatalf("no table has %s", text)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
