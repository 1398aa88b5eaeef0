package serving_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"mockserver/internal/app"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/serving"
)

func TestExposureIsSaid(t *testing.T) {
	t.Parallel()
	const off, lenient, control = "level=WARN", "any client id", "control plane asks for no token"
	for _, tc := range []struct {
		flags string
		said  []string
	}{
		{"--addr=127.0.0.1:0 --auth=off", nil},
		{"--addr=localhost:0 --auth=lenient", nil},
		{"--addr=0.0.0.0:0 --auth=off", []string{off, control}},
		{"--addr=:0 --auth=off", []string{off, control}},
		{"--addr=:0 --auth=lenient", []string{lenient, control}},
		{"--addr=:0 --auth=strict", []string{control}},
		{"--addr=:0 --auth=strict --control-addr=127.0.0.1:0", nil},
		{"--addr=127.0.0.1:0 --auth=off --control-addr=:0", []string{control}},
	} {
		t.Run(tc.flags, func(t *testing.T) {
			t.Parallel()
			settings, err := config.Load(strings.Fields(tc.flags), nil)
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			s, err := serving.Open(t.Context(), app.Options{Config: settings, Clock: clock.Real{}, Log: slog.New(slog.NewTextHandler(&log, nil)), Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if got := strings.Count(log.String(), "listens beyond this machine"); got != len(tc.said) {
				t.Errorf("%d sentences, want %d:\n%s", got, len(tc.said), &log)
			}
			for _, text := range tc.said {
				if !strings.Contains(log.String(), text) {
					t.Errorf("%q is not in the log:\n%s", text, &log)
				}
			}
		})
	}
}
