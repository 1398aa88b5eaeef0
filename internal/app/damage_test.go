package app_test

import (
	"bytes"
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
)

// TestDamagedFile starts on a file whose table of sessions cannot be read: the
// client is told of an internal fault and nothing else, the log says the reason,
// and what is elsewhere in the file is still served.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mock.db")
	inFile := func(c *config.Config) { c.DB, c.Auth = path, auth.Off }
	a, err := newApp(t, inFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(t, path, `"prescribedPruneThreshold"`) // only answers for sessions have it

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
	defer a.Close() // it may say that the file is damaged
	get := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("X-Sailpoint-Experimental", "true")
		w := httptest.NewRecorder()
		a.Handler.ServeHTTP(w, r)
		return w
	}
	got := get("/v2026/role-mining-sessions")
	if got.Code != http.StatusInternalServerError || !strings.Contains(got.Body.String(), `"text":"An internal fault occurred."`) ||
		strings.Contains(got.Body.String(), "malformed") || strings.Contains(got.Body.String(), "SELECT") {
		t.Errorf("%d %s; want the generic fault", got.Code, got.Body)
	}
	if text := log.String(); !strings.Contains(text, "database disk image is malformed") || strings.Contains(text, "SELECT") {
		t.Errorf("the log does not say the reason, or shows SQL: %s", text)
	}
	if got := get("/_mock/health/live"); got.Code != http.StatusOK {
		t.Errorf("live: %d %s", got.Code, got.Body)
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
