package tenant

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"mockserver/internal/auth"
	"mockserver/internal/config"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
)

// Settings are what a tenant starts with and returns to, in the form in which
// the flags of the same names take it; "" and nil are what the server has.
type Settings struct {
	Seed           string `json:"seed,omitempty" example:"mockserver/ci-1"`
	Auth           string `json:"auth,omitempty" example:"strict"`
	Jobs           string `json:"jobs,omitempty" example:"immediate"`
	StageDelay     string `json:"stageDelay,omitempty" example:"250ms"`
	RateLimit      string `json:"rateLimit,omitempty" example:"100/10s"`
	StrictRequests *bool  `json:"strictRequests,omitempty"`
	Prefer         *bool  `json:"prefer,omitempty"`
}

// named is one of the settings as text, "" where it is not there.
type named struct{ field, text string }

// all are the settings in the order in which they are listed.
func (s Settings) all() []named {
	return []named{
		{"seed", s.Seed}, {"auth", s.Auth}, {"jobs", s.Jobs}, {"stageDelay", s.StageDelay}, {"rateLimit", s.RateLimit},
		{"strictRequests", toggle(s.StrictRequests)}, {"prefer", toggle(s.Prefer)},
	}
}

func toggle(on *bool) string {
	if on == nil {
		return ""
	}
	return strconv.FormatBool(*on)
}

// SettingError says what is wrong with a setting of a tenant.
type SettingError struct {
	Field string // as in JSON
	Err   error
}

// Error implements error.
func (e *SettingError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap gives the rule.
func (e *SettingError) Unwrap() error { return e.Err }

// maxSeed bounds the seed, which is part of answers; in bytes.
const maxSeed = 1024

// Apply gives the settings that are there to a configuration. The error is one
// *SettingError or several that are joined.
func (s Settings) Apply(c config.Config) (config.Config, error) {
	parse := map[string]func(string) error{
		"seed":           func(text string) (err error) { c.Seed, err = parseSeed(text); return err },
		"auth":           func(text string) (err error) { c.Auth, err = auth.ParseMode(text); return err },
		"jobs":           func(text string) (err error) { c.Jobs, err = rolemining.ParsePace(text); return err },
		"stageDelay":     func(text string) (err error) { c.StageDelay, err = parseDelay(text); return err },
		"rateLimit":      func(text string) (err error) { c.RateLimit, err = ratelimit.Parse(text); return err },
		"strictRequests": func(text string) (err error) { c.StrictRequests, err = strconv.ParseBool(text); return err },
		"prefer":         func(text string) (err error) { c.Prefer, err = strconv.ParseBool(text); return err },
	}
	var errs []error
	for _, given := range s.all() {
		if given.text == "" {
			continue
		}
		if err := parse[given.field](given.text); err != nil {
			errs = append(errs, &SettingError{given.field, err})
			continue
		}
		c = c.With(flagOf(given.field), given.text, config.Tenant)
	}
	if len(errs) > 0 {
		return config.Config{}, errors.Join(errs...)
	}
	return c, nil
}

func parseSeed(text string) (string, error) {
	if strings.TrimSpace(text) == "" || len(text) > maxSeed {
		return "", fmt.Errorf("must be a text of 1 to %d bytes that is not blank", maxSeed)
	}
	return text, nil
}

// flagOf is the flag of a setting: "stage-delay" for "stageDelay".
func flagOf(field string) string {
	var flag strings.Builder
	for _, r := range field {
		if unicode.IsUpper(r) {
			flag.WriteByte('-')
		}
		flag.WriteRune(unicode.ToLower(r))
	}
	return flag.String()
}

func parseDelay(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("must be a duration such as 250ms, not %q", text)
	}
	if d < 0 || d > config.LongestTime {
		return 0, fmt.Errorf("must be from 0s to %v, not %v", config.LongestTime, d)
	}
	return d, nil
}

// SettingsOf are all the settings of a configuration, each in its one spelling.
func SettingsOf(c config.Config) Settings {
	return Settings{
		Seed: c.Seed, Auth: string(c.Auth), Jobs: c.Jobs.String(),
		StageDelay: c.StageDelay.String(), RateLimit: c.RateLimit.String(),
		StrictRequests: &c.StrictRequests, Prefer: &c.Prefer,
	}
}

// InForce are all the settings as they are at present, which may be others than those
// that the tenant started with.
func (t *Tenant) InForce() Settings {
	now := t.Tuning()
	return Settings{
		Seed: t.Seed, Auth: string(now.Auth.Value), Jobs: now.Jobs.Value.String(),
		StageDelay: now.StageDelay.Value.String(), RateLimit: now.RateLimit.Value.String(),
		StrictRequests: &now.StrictRequests.Value, Prefer: &now.Prefer.Value,
	}
}

// Differing is a setting of which another value is asked for than there is.
type Differing struct {
	Field string // as in JSON
	// Asked, Made and Present are the values that are asked for, that the tenant was
	// made with and that is in force, each in its one spelling.
	Asked, Made, Present string
}

// Differences are those of the settings that are there which give another
// configuration than made. asked is what the settings give, and present what is in
// force.
func (s Settings) Differences(asked, made config.Config, present Settings) []Differing {
	a, m, p := SettingsOf(asked).all(), SettingsOf(made).all(), present.all()
	var all []Differing
	for i, given := range s.all() {
		if given.text != "" && a[i].text != m[i].text {
			all = append(all, Differing{given.field, a[i].text, m[i].text, p[i].text})
		}
	}
	return all
}
