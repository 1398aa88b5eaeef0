// Package metrics counts what a server does and writes it in Prometheus's text
// form, by its client library. What is counted is handed in by those who do it;
// what can be asked is asked when somebody reads (State).
//
// All of it hangs on a Metrics, which has a registry of its own. Labels have few
// values: names of operations, versions, statuses and kinds are those of tables,
// and of tenants only so many have series of their own.
package metrics

import (
	"bytes"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"mockserver/internal/clock"
)

// ContentType is what Text returns.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// MaxTenants is how many tenants have series of their own. Those that come when
// there are as many share the ones of Others.
const MaxTenants = 256

// Others is the tenant of the series that tenants share. No tenant can be called
// so.
const Others = "(others)"

// Config is what a Metrics is made of.
type Config struct {
	Version string // of the program
	// Clock is the machine's, which durations are measured by.
	Clock clock.Clock
}

// Metrics are the series of a server. It is safe for concurrent use.
type Metrics struct {
	clock    clock.Clock
	registry *prometheus.Registry

	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	underWay *prometheus.GaugeVec
	faults   *prometheus.CounterVec
	control  *prometheus.CounterVec
	jobs     *prometheus.CounterVec
	running  *prometheus.GaugeVec
	mining   *prometheus.HistogramVec
	mined    *prometheus.CounterVec

	mu      sync.Mutex
	tenants map[string]*Tenant
	others  *Tenant
}

// The labels.
const (
	tenantLabel    = "tenant"
	operationLabel = "operation"
	versionLabel   = "version"
	statusLabel    = "status"
	kindLabel      = "kind"
	resultLabel    = "result"
)

// New returns metrics that have counted nothing.
func New(c Config) *Metrics {
	m := &Metrics{
		clock: c.Clock, registry: prometheus.NewRegistry(), tenants: map[string]*Tenant{},
		requests: counter("requests_total", "Requests to the API and for tokens, by the status of the answer: 0 for a connection that was broken off, 499 for a client that hung up.", tenantLabel, operationLabel, versionLabel, statusLabel),
		latency: histogram("request_duration_seconds", "How long requests took, from the head of the request to the end of the answer.",
			[]float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}, tenantLabel, operationLabel),
		underWay: gauge("requests_in_flight", "Requests that are being answered.", tenantLabel),
		faults:   counter("faults_injected_total", "Answers that a rule of /_mock/faults or a header Prefer made or changed.", tenantLabel, operationLabel, versionLabel),
		control:  counter("control_requests_total", "Requests to the control plane.", tenantLabel, operationLabel, statusLabel),
		jobs:     counter("jobs_total", "Sessions, exports and provisionings that came to an end, and steps of them that met an error and will be tried again.", tenantLabel, kindLabel, resultLabel),
		running:  gauge("jobs_running", "Steps of background work that are being taken.", tenantLabel, kindLabel),
		mining:   histogram("mining_duration_seconds", "How long the mining of sessions took.", []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}, tenantLabel),
		mined:    counter("mined_identities_total", "Identities in the scopes that were mined.", tenantLabel),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "mockserver_info", Help: "The version of the program; always 1.", ConstLabels: prometheus.Labels{versionLabel: c.Version}})
	info.Set(1)
	m.registry.MustRegister(
		m.requests, m.latency, m.underWay, m.faults, m.control, m.jobs, m.running, m.mining, m.mined, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// prefix begins the names of all series but Go's and the process's.
const prefix = "mockserver_"

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
}

func gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: prefix + name, Help: help, Buckets: buckets}, labels)
}

// Tenant is the series of a tenant. Two of one name are the same.
func (m *Metrics) Tenant(name string) *Tenant {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tenants[name]; t != nil {
		return t
	}
	if len(m.tenants) >= MaxTenants {
		if m.others == nil {
			m.others = m.newTenant(Others)
		}
		return m.others
	}
	t := m.newTenant(name)
	m.tenants[name] = t
	return t
}

// Forget drops the series of a tenant that is gone, and makes room for another
// one. Those that tenants share stay.
func (m *Metrics) Forget(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tenants[name] == nil {
		return
	}
	delete(m.tenants, name)
	for _, of := range []interface{ DeletePartialMatch(prometheus.Labels) int }{
		m.requests, m.latency, m.underWay, m.faults, m.control, m.jobs, m.running, m.mining, m.mined,
	} {
		of.DeletePartialMatch(prometheus.Labels{tenantLabel: name})
	}
}

// seriesOf is the tenant whose series a tenant has: itself or Others.
func (m *Metrics) seriesOf(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tenants[name] != nil {
		return name
	}
	return Others
}

// Text is all series in Prometheus's text form, with the present states of the
// tenants.
func (m *Metrics) Text(states []State) ([]byte, error) {
	now := prometheus.NewRegistry()
	if err := now.Register(m.present(states)); err != nil {
		return nil, err
	}
	families, err := prometheus.Gatherers{m.registry, now}.Gather()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(&text, family); err != nil {
			return nil, err
		}
	}
	return slices.Clip(text.Bytes()), nil
}
