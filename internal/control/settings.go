package control

import (
	"net/http"
	"strings"

	"mockserver/internal/auth"
	"mockserver/internal/config"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
	"mockserver/internal/tenant"
)

// setting is a setting that is in force, and where it is from.
type setting[T any] struct {
	Value  T             `json:"value"`
	Source config.Source `json:"source"`
}

// settings are those of a tenant that can be changed while it serves.
type settings struct {
	Auth           setting[auth.Mode] `json:"auth"`
	RateLimit      setting[string]    `json:"rateLimit"`
	Jobs           setting[string]    `json:"jobs"`
	StageDelay     setting[duration]  `json:"stageDelay"`
	StrictRequests setting[bool]      `json:"strictRequests"`
	Prefer         setting[bool]      `json:"prefer"`
}

// settingsOrder changes settings; what is left out stays.
type settingsOrder struct {
	Auth           *string   `json:"auth" example:"strict"`
	RateLimit      *string   `json:"rateLimit" example:"100/10s"`
	Jobs           *string   `json:"jobs" example:"immediate"`
	StageDelay     *duration `json:"stageDelay"`
	StrictRequests *bool     `json:"strictRequests"`
	Prefer         *bool     `json:"prefer"`
}

func (p *Plane) getSettings(c *call) (any, error) {
	t := c.tenant.Tuning()
	return settings{
		Auth:           setting[auth.Mode](t.Auth),
		RateLimit:      setting[string]{t.RateLimit.Value.String(), t.RateLimit.Source},
		Jobs:           setting[string]{t.Jobs.Value.String(), t.Jobs.Source},
		StageDelay:     setting[duration]{duration(t.StageDelay.Value), t.StageDelay.Source},
		StrictRequests: setting[bool](t.StrictRequests),
		Prefer:         setting[bool](t.Prefer),
	}, nil
}

func (p *Plane) putSettings(c *call) (any, error) {
	var order settingsOrder
	problems, err := decodeOrder(c, &order)
	if err != nil {
		return nil, err
	}
	change, wrong := order.change()
	if problems = append(problems, wrong...); len(problems) > 0 {
		return nil, together(problems)
	}
	if err := c.tenant.Tune(c.Context(), change); err != nil {
		return nil, err
	}
	return p.getSettings(c)
}

func (p *Plane) resetSettings(c *call) (any, error) {
	if err := c.tenant.Untune(c.Context()); err != nil {
		return nil, err
	}
	return p.getSettings(c)
}

// change checks an order as a whole before anything of it is done, and finds all that
// is wrong with it.
func (o settingsOrder) change() (change tenant.Change, problems []*problem) {
	change = tenant.Change{StrictRequests: o.StrictRequests, Prefer: o.Prefer}
	if o.Auth != nil {
		mode, err := auth.ParseMode(*o.Auth)
		if err != nil || strings.TrimSpace(*o.Auth) == "" {
			problems = append(problems, &problem{
				status: http.StatusBadRequest, Pointer: "/auth", Text: "there is no such mode of authentication",
				Allowed: []string{string(auth.Lenient), string(auth.Strict), string(auth.Off)},
			})
		}
		change.Auth = &mode
	}
	if o.RateLimit != nil {
		limit, err := ratelimit.Parse(*o.RateLimit)
		if err != nil {
			problems = append(problems, invalid("/rateLimit", "%v", err))
		}
		change.RateLimit = &limit
	}
	return change, append(problems, o.pace(&change)...)
}

// pace checks what an order says of background work, as /_mock/jobs does.
func (o settingsOrder) pace(change *tenant.Change) []*problem {
	next, problems := paceOrder{Mode: o.Jobs, StageDelay: o.StageDelay}.apply(rolemining.Pace{})
	for _, p := range problems {
		if p.Pointer == "/mode" {
			p.Pointer = "/jobs"
		}
	}
	if o.Jobs != nil {
		change.Jobs = &next
	}
	if o.StageDelay != nil {
		change.StageDelay = &next.Delay
	}
	return problems
}
