package tenant

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"mockserver/internal/auth"
	"mockserver/internal/config"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
)

// Settings are what a tenant starts with and returns to, in the form in which
// the flags of the same names take it; "" is what the server has.
type Settings struct {
	Seed       string `json:"seed,omitempty"`
	Auth       string `json:"auth,omitempty"`
	Jobs       string `json:"jobs,omitempty"`
	StageDelay string `json:"stageDelay,omitempty"`
	RateLimit  string `json:"rateLimit,omitempty"`
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

// Apply gives the settings that are there to a configuration. The error is a
// *SettingError.
func (s Settings) Apply(c config.Config) (config.Config, error) {
	var field string
	var err error
	set := func(name, value string, parse func(string) error) {
		if err == nil && value != "" {
			if field, err = name, parse(value); err == nil {
				c = c.With(flagOf(name), value, config.Tenant)
			}
		}
	}
	set("seed", s.Seed, func(text string) error {
		if strings.TrimSpace(text) == "" || len(text) > maxSeed {
			return fmt.Errorf("must be a text of 1 to %d bytes that is not blank", maxSeed)
		}
		c.Seed = text
		return nil
	})
	set("auth", s.Auth, func(text string) (err error) { c.Auth, err = auth.ParseMode(text); return err })
	set("jobs", s.Jobs, func(text string) (err error) { c.Jobs, err = rolemining.ParsePace(text); return err })
	set("stageDelay", s.StageDelay, func(text string) (err error) { c.StageDelay, err = parseDelay(text); return err })
	set("rateLimit", s.RateLimit, func(text string) (err error) { c.RateLimit, err = ratelimit.Parse(text); return err })
	if err != nil {
		return config.Config{}, &SettingError{field, err}
	}
	return c, nil
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
	}
}

// Difference is the first of the settings that are there which gives another
// configuration than has; ok says whether there is one. The values are in their
// one spelling. asked is what the settings give.
func (s Settings) Difference(asked, has config.Config) (field, want, have string, ok bool) {
	a, h := SettingsOf(asked), SettingsOf(has)
	for _, f := range []struct{ field, given, want, have string }{
		{"seed", s.Seed, a.Seed, h.Seed}, {"auth", s.Auth, a.Auth, h.Auth}, {"jobs", s.Jobs, a.Jobs, h.Jobs},
		{"stageDelay", s.StageDelay, a.StageDelay, h.StageDelay}, {"rateLimit", s.RateLimit, a.RateLimit, h.RateLimit},
	} {
		if f.given != "" && f.want != f.have {
			return f.field, f.want, f.have, true
		}
	}
	return "", "", "", false
}
