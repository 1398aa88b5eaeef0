package control

import "mockserver/internal/metrics"

// getMetrics is the metrics of the whole server, whichever tenant is asked: a
// scraper asks one address.
func (p *Plane) getMetrics(c *call) (any, error) {
	var states []metrics.State
	for _, t := range p.Tenants.List() {
		state, err := t.Tenant.Metrics(c.Context())
		if err != nil {
			continue // it was deleted meanwhile
		}
		states = append(states, state)
	}
	text, err := p.Metrics.Text(states)
	return document{contentType: metrics.ContentType, body: text}, err
}
