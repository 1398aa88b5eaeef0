package config_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/auth"
	"mockserver/internal/config"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
)

func defaults() config.Config {
	return config.Config{
		Addr: "127.0.0.1:8080", Seed: "mockserver", StageDelay: 100 * time.Millisecond, Jobs: rolemining.Pace{Mode: rolemining.Auto},
		Auth: auth.Lenient, TokenTTL: 12 * time.Hour, CORSOrigins: []string{"*"}, LogFormat: config.LogAuto,
		JournalEntries: 10000, JournalBytes: 16 << 20, JournalBody: 16 << 10, MaxConnections: 4096, MaxTenants: 128,
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		args, env []string
		change    func(*config.Config)
	}{
		{name: "defaults", change: func(*config.Config) {}},
		{
			name: "environment", env: []string{"PATH=/bin", "MOCKSERVER_STAGE_DELAY=0", "MOCKSERVER_AUTH=strict"},
			change: func(c *config.Config) { c.StageDelay, c.Auth = 0, auth.Strict },
		},
		{
			name: "a flag beats the environment", env: []string{"MOCKSERVER_ADDR=:1"}, args: []string{"--addr", ":2"},
			change: func(c *config.Config) { c.Addr = ":2" },
		},
		{
			name: "everything",
			args: []string{
				"--addr=0.0.0.0:0", "--auth=off", "--cors-origins=http://a:1, https://b", "--db=x.db", "--db-sync=full",
				"--fixtures=dir", "--log-format=json", "--log-level=warn", "--prefer", "--rate-limit=100/10s", "--seed=7", "--jobs=polls:3", "--stage-delay=1s", "--token-ttl=749s",
				"--control-addr=127.0.0.1:9", "--strict-requests", "--pprof", "--journal-body=0", "--journal-bytes=2MB", "--journal-entries=0", "--max-tenants=3",
			},
			change: func(c *config.Config) {
				*c = config.Config{
					Addr: "0.0.0.0:0", Auth: auth.Off, CORSOrigins: []string{"http://a:1", "https://b"}, DB: "x.db", DBFullSync: true,
					Fixtures: "dir", LogFormat: config.LogJSON, LogLevel: slog.LevelWarn, Prefer: true, MaxConnections: 4096, MaxTenants: 3,
					RateLimit: ratelimit.Limit{Calls: 100, Per: 10 * time.Second}, Seed: "7", StageDelay: time.Second, Jobs: rolemining.Pace{Mode: rolemining.Polls, Reads: 3}, TokenTTL: 749 * time.Second,
					JournalBytes: 2e6, ControlAddr: "127.0.0.1:9", StrictRequests: true, Pprof: true,
				}
			},
		},
		{name: "a variable set to nothing", env: []string{"MOCKSERVER_ADDR=", "MOCKSERVER_SEED="}, change: func(*config.Config) {}},
		{
			name: "sizes", args: []string{"--journal-bytes=1GiB", "--journal-body", "2048 B"}, env: []string{"MOCKSERVER_JOURNAL_ENTRIES=1"},
			change: func(c *config.Config) { c.JournalEntries, c.JournalBytes, c.JournalBody = 1, 1<<30, 2048 },
		},
		{name: "a toggle in the environment", env: []string{"MOCKSERVER_PREFER=true"}, change: func(c *config.Config) { c.Prefer = true }},
		{name: "a toggle switched off", env: []string{"MOCKSERVER_PREFER=1"}, args: []string{"--prefer=false"}, change: func(*config.Config) {}},
		{name: "no CORS", args: []string{"--cors-origins", "none"}, change: func(c *config.Config) { c.CORSOrigins = nil }},
		{
			name:   "variables of a Kubernetes service are not settings",
			env:    []string{"MOCKSERVER_PORT=tcp://10.0.0.1:80", "MOCKSERVER_PORT_80_TCP=x", "MOCKSERVER_SERVICE_HOST=10.0.0.1", "MOCKSERVER_SERVICE_PORT=80"},
			change: func(*config.Config) {},
		},
		{
			name:   "variables of what is beside the server are not settings",
			env:    []string{"MOCKSERVER_BINARY=/x/mockserver", "MOCKSERVER_ENGINE=x", "MOCKSERVER_SCENARIOS_BINARY=x", "MOCKSERVER_SPECS=x"},
			change: func(*config.Config) {},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			want := defaults()
			tc.change(&want)
			got, err := config.Load(tc.args, tc.env)
			if err != nil {
				t.Fatal(err)
			}
			got.Settings = nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, arg, env, names, rule string }{
		{name: "unknown flag", arg: "--port=1", names: "-port", rule: "not defined"},
		{name: "unknown variable", env: "MOCKSERVER_STAGEDELAY=1s", names: "MOCKSERVER_STAGEDELAY", rule: "unknown environment variable"},
		{name: "variable in lower case", env: "MOCKSERVER_addr=:1", names: "MOCKSERVER_addr", rule: "unknown environment variable"},
		{name: "argument", arg: "8080", names: "8080", rule: "settings are flags"},
		{name: "address", arg: "--addr=8080", names: "-addr", rule: "HOST:PORT"},
		{name: "port", arg: "--addr=:99999", names: "-addr", rule: "0 to 65535"},
		{name: "address of the control plane", arg: "--control-addr=9090", names: "-control-addr", rule: "HOST:PORT"},
		{name: "one address for both", arg: "--control-addr=127.0.0.1:8080", names: "--control-addr", rule: "leave it out"},
		{name: "mode", arg: "--auth=none", names: "-auth", rule: "lenient"},
		{name: "variable", env: "MOCKSERVER_AUTH=none", names: "MOCKSERVER_AUTH", rule: "lenient"},
		{name: "origin", arg: "--cors-origins=localhost", names: "-cors-origins", rule: "http://"},
		{name: "sync", arg: "--db-sync=off", names: "-db-sync", rule: "normal or full"},
		{name: "format", arg: "--log-format=xml", names: "-log-format", rule: "json or text"},
		{name: "level", arg: "--log-level=loud", names: "-log-level", rule: "warn"},
		{name: "entries", arg: "--journal-entries=-1", names: "-journal-entries", rule: "from 0 to 10000000"},
		{name: "entries that are none", arg: "--journal-entries=many", names: "-journal-entries", rule: "whole number"},
		{name: "too small", arg: "--journal-bytes=64KiB", names: "-journal-bytes", rule: "from 1MiB to 64GiB"},
		{name: "too large", arg: "--journal-body=1GiB", names: "-journal-body", rule: "to 16MiB"},
		{name: "far too large", env: "MOCKSERVER_JOURNAL_BODY=99999999999999999999GiB", names: "MOCKSERVER_JOURNAL_BODY", rule: "such as 64KiB"},
		{name: "unit", arg: "--journal-bytes=16 megabytes", names: "-journal-bytes", rule: "such as 64KiB"},
		{name: "tenants", arg: "--max-tenants=many", names: "-max-tenants", rule: "from 0 to 10000"},
		{name: "too many tenants", arg: "--max-tenants=10001", names: "-max-tenants", rule: "from 0 to 10000"},
		{name: "limit", arg: "--rate-limit=100", names: "-rate-limit", rule: "100/10s"},
		{name: "toggle", arg: "--prefer=always", names: "-prefer", rule: "true or false"},
		{name: "seed", arg: "--seed=", names: "-seed", rule: "empty"},
		{name: "no folder", arg: "--fixtures=", names: "-fixtures", rule: "must not be empty"},
		{name: "no database", arg: "--db=", names: "-db", rule: "must not be empty"},
		{name: "delay", arg: "--stage-delay=-1s", names: "-stage-delay", rule: "from 0s to"},
		{name: "eternity", arg: "--stage-delay=2562047h", names: "-stage-delay", rule: "to 8760h"},
		{name: "no unit", arg: "--stage-delay=5", names: "-stage-delay", rule: "duration"},
		{name: "life", arg: "--token-ttl=1ms", names: "-token-ttl", rule: "from 1s to"},
		{name: "half a second", arg: "--token-ttl=1.5s", names: "-token-ttl", rule: "whole number of seconds"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var args, env []string
			if tc.arg != "" {
				args = []string{tc.arg}
			}
			if tc.env != "" {
				env = []string{tc.env}
			}
			_, err := config.Load(args, env)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, part := range []string{tc.names, tc.rule} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not say %q", err, part)
				}
			}
		})
	}
}

func TestHelpIsNotAMistake(t *testing.T) {
	t.Parallel()
	if _, err := config.Load([]string{"--help"}, nil); !errors.Is(err, config.ErrHelp) {
		t.Errorf("err = %v, want ErrHelp", err)
	}
}

func TestUsageNamesEverySettingAndItsTwin(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	config.Usage(&b)
	for _, part := range []string{"--stage-delay DURATION", "$MOCKSERVER_STAGE_DELAY", "(default 100ms)", "--db FILE", "$MOCKSERVER_CORS_ORIGINS", "  --prefer\n", "(default false)\n      $MOCKSERVER_PREFER"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("usage does not say %q:\n%s", part, b.String())
		}
	}
}
