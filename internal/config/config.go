// Package config reads the settings of the server: flags, each with a twin in
// the environment (--stage-delay is MOCKSERVER_STAGE_DELAY), and defaults. A
// flag beats the environment, and the environment the default. Everything is
// checked here, once, before anything starts.
package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"mockserver/internal/auth"
	"mockserver/internal/journal"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
)

// EnvPrefix begins the name of every environment variable that is a setting.
const EnvPrefix = "MOCKSERVER_"

// Config is the checked settings of the server.
type Config struct {
	// Addr is where to listen, host:port; port 0 is any free one.
	Addr string
	// ControlAddr is where the control plane listens instead of on Addr; "" is
	// on Addr.
	ControlAddr string
	// Fixtures is a folder that holds the organisation, "" for the default one.
	Fixtures string
	// DB is the database file, "" for memory only.
	DB string
	// DBFullSync makes every write survive a power cut, not only a crash.
	DBFullSync bool
	// Seed decides every identifier and key that is made up.
	Seed string
	// StageDelay is how long each state stays visible, 0 or more.
	StageDelay time.Duration
	// Jobs is what moves background work on. Its delay is StageDelay.
	Jobs rolemining.Pace
	Auth auth.Mode
	// TokenTTL is the life of an access token, 1 s or more.
	TokenTTL  time.Duration
	RateLimit ratelimit.Limit
	// CORSOrigins may call from a browser; "*" is all, none turns CORS off.
	CORSOrigins []string
	// JournalEntries, JournalBytes and JournalBody bound the journal: how many
	// requests it holds, in how many bytes, and how many bytes of the body of each
	// answer. No entries is no journal, and no contract coverage.
	JournalEntries, JournalBytes, JournalBody int
	// Prefer lets requests ask for faults by their header Prefer.
	Prefer bool
	// StrictRequests refuses requests with query parameters and properties that
	// are not documented, which the real service ignores.
	StrictRequests bool
	// Pprof serves profiles of the process on the control plane.
	Pprof     bool
	LogFormat LogFormat
	LogLevel  slog.Level
	// MaxConnections is how many connections a listener has at once, 1 or more.
	MaxConnections int
	// MaxTenants is how many tenants there may be beside the default one.
	MaxTenants int
	// Settings are all of the above as text, by name. It is nil in a Config that
	// was not loaded.
	Settings []Setting
}

// LogFormat is how log lines are written.
type LogFormat string

// The log formats. LogAuto is text on a terminal and JSON elsewhere.
const (
	LogAuto LogFormat = "auto"
	LogJSON LogFormat = "json"
	LogText LogFormat = "text"
)

// ErrHelp is returned by Load when the settings were asked for, not given.
var ErrHelp = flag.ErrHelp

// Load reads the settings from arguments and from an environment in the form
// of os.Environ. The error names the flag or variable and the rule.
func Load(args, environ []string) (Config, error) { return LoadWith(args, environ, nil) }

// LoadWith is Load for a command that has flags of its own beside the settings,
// which more adds. Those have no twin in the environment.
func LoadWith(args, environ []string, more func(*flag.FlagSet)) (Config, error) {
	var c Config
	fs := c.flags()
	if err := fromEnvironment(fs, environ); err != nil {
		return Config{}, err
	}
	attribute(fs, Environment)
	if more != nil {
		more(fs)
	}
	if err := fs.Parse(args); err != nil {
		return Config{}, err
	}
	if fs.NArg() > 0 {
		return Config{}, fmt.Errorf("unexpected argument %q: settings are flags, such as --addr 127.0.0.1:8080", fs.Arg(0))
	}
	if c.ControlAddr == c.Addr && !strings.HasSuffix(c.Addr, ":0") {
		return Config{}, fmt.Errorf("--control-addr must not be %s, where --addr is: leave it out to have both there", c.Addr)
	}
	attribute(fs, Flag)
	c.Settings = settingsOf(fs)
	return c, nil
}

// Flags are the flags that Load understands, each with its default. Setting
// them has no effect; they are there to be listed.
func Flags() *flag.FlagSet {
	var c Config
	return c.flags()
}

// Usage writes every setting with its twin, its meaning and its default.
func Usage(w io.Writer) {
	Flags().VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		byDefault := ""
		if f.DefValue != "" {
			byDefault = " (default " + f.DefValue + ")"
		}
		name := strings.TrimSpace(f.Name + " " + value)
		fmt.Fprintf(w, "  --%s\n      %s%s\n      $%s\n", name, usage, byDefault, EnvName(f.Name))
	})
}

// EnvName is the environment twin of a flag.
func EnvName(flagName string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

// flags is the one place that names the settings. Each parser checks its value.
func (c *Config) flags() *flag.FlagSet {
	fs := flag.NewFlagSet("mockserver", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	setting(fs, "addr", "127.0.0.1:8080", "listen on `HOST:PORT`; port 0 takes any free port and prints it", &c.Addr, address)
	setting(fs, "auth", string(auth.Lenient), "`MODE` of authentication: lenient takes any client id and secret with full rights, strict only those of the fixtures with their rights, off needs no token", &c.Auth, auth.ParseMode)
	setting(fs, "control-addr", "", "serve /_mock on `HOST:PORT` and no longer on --addr, where only its health stays; port 0 takes any free port and prints it", &c.ControlAddr, optionalAddress)
	setting(fs, "cors-origins", "*", "`ORIGINS` that browsers may call from, comma-separated; * is all, none turns CORS off", &c.CORSOrigins, origins)
	setting(fs, "db", "", "keep everything in the SQLite `FILE`; without it everything is in memory and gone at the end", &c.DB, text)
	setting(fs, "db-sync", "normal", "`MODE` in which --db writes: normal survives a crash, full a power cut too", &c.DBFullSync, syncMode)
	setting(fs, "fixtures", "", "take the organisation from the `DIR` instead of the built-in one", &c.Fixtures, text)
	setting(fs, "jobs", string(rolemining.Auto), "`MODE` in which background work moves on: auto by time, immediate before the answer, polls:N with the Nth read of a state, step only when told, hold:STATE by time but not out of STATE, fail by time to a bad end, fail:STATE the same and sessions stuck in STATE", &c.Jobs, rolemining.ParsePace)
	setting(fs, "journal-body", "16KiB", "keep `SIZE` of the body of each answer in the journal, and four times that of each request", &c.JournalBody, size(0, 16<<20))
	setting(fs, "journal-bytes", "16MiB", "let the journal of a tenant take `SIZE` of memory", &c.JournalBytes, size(journal.MinBytes, 64<<30))
	setting(fs, "journal-entries", "10000", "keep the last `N` requests of a tenant in its journal; 0 keeps none, and counts no contract coverage", &c.JournalEntries, whole(0, 10_000_000))
	setting(fs, "log-format", string(LogAuto), "`FORMAT` of log lines: json, text, or auto for text on a terminal and json elsewhere", &c.LogFormat, logFormat)
	setting(fs, "log-level", "info", "log from this `LEVEL` up: debug, info, warn, error; warn leaves out the line for each request", &c.LogLevel, logLevel)
	setting(fs, "max-connections", "4096", "hold at most `N` connections at once on each listener; more wait until one ends", &c.MaxConnections, whole(1, 1_000_000))
	setting(fs, "max-tenants", "128", "keep at most `N` tenants beside the default one", &c.MaxTenants, whole(0, 10_000))
	toggle(fs, "prefer", "let requests ask for a fault by a header such as Prefer: code=503", &c.Prefer)
	toggle(fs, "pprof", "serve profiles of the process under /_mock/pprof/", &c.Pprof)
	setting(fs, "rate-limit", "off", "`LIMIT` for each client and version: off, or calls/duration as 100/10s", &c.RateLimit, ratelimit.Parse)
	setting(fs, "seed", "mockserver", "`TEXT` that decides every identifier and key; the same seed and requests give the same answers", &c.Seed, nonEmpty)
	setting(fs, "stage-delay", "100ms", "`DURATION` for which each state of a session, export or provisioning stays; 0 is as fast as it can", &c.StageDelay, between(0, LongestTime))
	toggle(fs, "strict-requests", "refuse query parameters and properties that are not documented; the real service ignores them", &c.StrictRequests)
	setting(fs, "token-ttl", "12h", "`DURATION` for which an access token is good", &c.TokenTTL, wholeSeconds)
	return fs
}

// setting adds a flag whose value goes through a parser, the default included.
func setting[T any](fs *flag.FlagSet, name, byDefault, usage string, to *T, parse func(string) (T, error)) {
	set := func(s string) error {
		v, err := parse(s)
		if err == nil {
			*to = v
		}
		return err
	}
	if err := set(byDefault); err != nil { // a default of ours that its own rule refuses
		panic("default of --" + name + ": " + err.Error())
	}
	fs.Var(&value{set: set, text: byDefault}, name, usage)
}

// toggle adds a setting that is off unless it is named or set to true.
func toggle(fs *flag.FlagSet, name, usage string, to *bool) {
	fs.Var(&value{text: "false", toggle: true, set: func(s string) error {
		on, err := strconv.ParseBool(s)
		if err != nil {
			return errors.New("must be true or false")
		}
		*to = on
		return nil
	}}, name, usage)
}

// fromEnvironment sets flags from their twins. An unknown variable with our
// prefix is refused, because it is a misspelt setting.
func fromEnvironment(fs *flag.FlagSet, environ []string) error {
	var unknown []string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, EnvPrefix) || isServiceLink(name) || isOurOwn(name) {
			continue
		}
		flagName := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, EnvPrefix), "_", "-"))
		if fs.Lookup(flagName) == nil || EnvName(flagName) != name {
			unknown = append(unknown, name)
			continue
		}
		if value == "" {
			continue // set to nothing is not set: compose files and scripts pass variables on so
		}
		if err := fs.Set(flagName, value); err != nil {
			return fmt.Errorf("invalid value %q for %s: %w", value, name, err)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("unknown environment variable %s: run mockserver help for the settings", strings.Join(unknown, ", "))
	}
	return nil
}

// isServiceLink says whether a variable is one that Kubernetes sets in every
// container for a service called "mockserver". They are not settings.
func isServiceLink(name string) bool {
	rest := strings.TrimPrefix(name, EnvPrefix)
	return rest == "PORT" || strings.HasPrefix(rest, "PORT_") || strings.HasPrefix(rest, "SERVICE_HOST") || strings.HasPrefix(rest, "SERVICE_PORT")
}

// isOurOwn says whether a variable is one that what is beside the server reads:
// the helper for Node tests, scripts and tests of this project. Whoever exports one
// starts servers with the same environment.
func isOurOwn(name string) bool {
	switch strings.TrimPrefix(name, EnvPrefix) {
	case "BINARY", "ENGINE", "SCENARIOS_BINARY", "SPECS":
		return true
	}
	return false
}

func text(s string) (string, error) { return s, nil }

func nonEmpty(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", errors.New("must not be empty")
	}
	return s, nil
}

func address(s string) (string, error) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", errors.New("must be HOST:PORT, such as 127.0.0.1:8080 or :0")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New("the port must be a number from 0 to 65535")
	}
	return s, nil
}

func optionalAddress(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	return address(s)
}

// LongestTime is the longest time that a setting may name.
const LongestTime = 365 * 24 * time.Hour

func between(least, most time.Duration) func(string) (time.Duration, error) {
	return func(s string) (time.Duration, error) {
		if s == "0" {
			s = "0s"
		}
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, errors.New("must be a duration, such as 250ms or 12h")
		}
		if d < least || d > most {
			return 0, fmt.Errorf("must be from %v to %v", least, most)
		}
		return d, nil
	}
}

// wholeSeconds is a duration that expires_in can say.
func wholeSeconds(s string) (time.Duration, error) {
	d, err := between(time.Second, LongestTime)(s)
	if err == nil && d%time.Second != 0 {
		err = errors.New("must be a whole number of seconds")
	}
	return d, err
}

func origins(s string) ([]string, error) {
	if s == "none" {
		return nil, nil
	}
	list := strings.Split(s, ",")
	for i, origin := range list {
		list[i] = strings.TrimSpace(origin)
		if list[i] != "*" && !strings.HasPrefix(list[i], "http://") && !strings.HasPrefix(list[i], "https://") {
			return nil, fmt.Errorf("%q is not an origin such as http://localhost:3000, nor * or none", list[i])
		}
	}
	return list, nil
}

func syncMode(s string) (full bool, err error) {
	switch s {
	case "normal":
		return false, nil
	case "full":
		return true, nil
	}
	return false, errors.New("must be normal or full")
}

func logFormat(s string) (LogFormat, error) {
	switch f := LogFormat(s); f {
	case LogAuto, LogJSON, LogText:
		return f, nil
	}
	return "", errors.New("must be auto, json or text")
}

func logLevel(s string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s)); err != nil {
		return 0, errors.New("must be debug, info, warn or error")
	}
	return level, nil
}
