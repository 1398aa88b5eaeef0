package control

import (
	"net/http"
	"strconv"
	"strings"

	"mockserver/internal/api"
	"mockserver/internal/journal/coverage"
)

// contractCoverage is which parts of the contract the requests have used.
type contractCoverage struct {
	Since      api.Time            `json:"since"` // by the tenant's clock
	Version    string              `json:"version,omitempty"`
	Requests   int                 `json:"requests"`
	Unmatched  int                 `json:"unmatched"` // that no operation answered
	Totals     coverageTotals      `json:"totals"`
	Operations []coverageOperation `json:"operations"`
}

// coverageTotals are the parts of the contract.
type coverageTotals struct {
	Operations coverageTotal `json:"operations"`
	Statuses   coverageTotal `json:"statuses"`
	Parameters coverageTotal `json:"parameters"`
	Properties coverageTotal `json:"properties"`
	Filters    coverageTotal `json:"filters"`
	Sorters    coverageTotal `json:"sorters"`
}

// coverageTotal is how much of a part was used.
type coverageTotal struct {
	Documented int     `json:"documented"`
	Used       int     `json:"used"`
	Percent    float64 `json:"percent"`
}

// coverageOperation is what was used of an operation.
type coverageOperation struct {
	Operation  string           `json:"operationId"`
	Method     string           `json:"method"`
	Path       string           `json:"path"`
	Calls      int              `json:"calls"`
	Versions   map[string]int   `json:"versions"` // calls by version
	Statuses   coverageStatuses `json:"statuses"`
	Parameters coverageUse      `json:"parameters"`
	Properties coverageBody     `json:"properties"`
	Filters    coverageUse      `json:"filters"`
	Sorters    coverageUse      `json:"sorters"`
}

// coverageUse is which of the documented names were used, how often, and which
// others were.
type coverageUse struct {
	Used        map[string]int `json:"used"`
	Unused      []string       `json:"unused"`
	Unknown     map[string]int `json:"unknown"`
	MoreUnknown int            `json:"moreUnknown,omitempty"`
}

// coverageBody is coverageUse for the properties of bodies.
type coverageBody struct {
	coverageUse
	Ignored map[string]int `json:"ignored"` // documented to have no effect
}

// coverageStatuses is coverageUse for statuses.
type coverageStatuses struct {
	Used    map[string]int `json:"used"`
	Unused  []int          `json:"unused"`
	Unknown map[string]int `json:"unknown"`
}

func (p *Plane) getCoverage(c *call) (any, error) {
	counter, err := coverageOf(c)
	if err != nil {
		return nil, err
	}
	query := c.URL.Query()
	version, err := servedVersion("", "version", query.Get("version"))
	if err != nil {
		return nil, err
	}
	format := query.Get("format")
	if format == "" && strings.Contains(c.Header.Get("Accept"), "text/html") {
		format = "html"
	}
	report := counter.Report(version)
	switch format {
	case "", "json":
		return reportOf(report), nil
	case "html":
		return document{
			contentType: "text/html;charset=UTF-8", body: report.Page(),
			header: map[string]string{"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
		}, nil
	}
	return nil, &problem{
		status: http.StatusBadRequest, Allowed: []string{"json", "html"},
		Text: "format must be json or html, not " + strconv.Quote(format),
	}
}

func (p *Plane) resetCoverage(c *call) (any, error) {
	counter, err := coverageOf(c)
	if err != nil {
		return nil, err
	}
	counter.Reset()
	return nil, nil
}

func coverageOf(c *call) (*coverage.Counter, error) {
	if c.tenant.Coverage == nil {
		return nil, conflict("coverage is not counted without a journal: start the server with --journal-entries above 0")
	}
	return c.tenant.Coverage, nil
}

func reportOf(r coverage.Report) contractCoverage {
	out := contractCoverage{
		Since: api.Time(r.Since), Version: r.Version, Requests: r.Requests, Unmatched: r.Unmatched,
		Totals: coverageTotals{
			Operations: totalOf(r.Totals.Operations), Statuses: totalOf(r.Totals.Statuses), Parameters: totalOf(r.Totals.Parameters),
			Properties: totalOf(r.Totals.Properties), Filters: totalOf(r.Totals.Filters), Sorters: totalOf(r.Totals.Sorters),
		},
	}
	for _, o := range r.Operations {
		out.Operations = append(out.Operations, coverageOperation{
			Operation: o.ID, Method: o.Method, Path: o.Path, Calls: o.Calls, Versions: countsOf(o.Versions),
			Statuses:   coverageStatuses{Used: statusCounts(o.Statuses.Used), Unused: append([]int{}, o.Statuses.Unused...), Unknown: statusCounts(o.Statuses.Unknown)},
			Parameters: useOf(o.Parameters), Properties: coverageBody{useOf(o.Properties), countsOf(o.Ignored)},
			Filters: useOf(o.Filters), Sorters: useOf(o.Sorters),
		})
	}
	return out
}

func totalOf(t coverage.Total) coverageTotal {
	return coverageTotal{Documented: t.Documented, Used: t.Used, Percent: t.Percent()}
}

func useOf(u coverage.Use) coverageUse {
	return coverageUse{Used: countsOf(u.Used), Unused: append([]string{}, u.Unused...), Unknown: countsOf(u.Unknown), MoreUnknown: u.MoreUnknown}
}

func countsOf(seen []coverage.Seen) map[string]int {
	counts := map[string]int{}
	for _, s := range seen {
		counts[s.Name] = s.Count
	}
	return counts
}

func statusCounts(seen []coverage.SeenStatus) map[string]int {
	counts := map[string]int{}
	for _, s := range seen {
		counts[strconv.Itoa(s.Status)] = s.Count
	}
	return counts
}
