package metrics

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Tenant is the series of a tenant. It is safe for concurrent use.
type Tenant struct {
	all      *Metrics
	name     string
	underWay prometheus.Gauge
	mining   prometheus.Observer
	mined    prometheus.Counter

	// answers are the series of requests, found without a lock: the map is
	// copied to add one.
	answers atomic.Pointer[map[answer]answered]
	adding  sync.Mutex
}

// answer is what the requests of a series have in common.
type answer struct {
	operation, version string
	status             int
}

type answered struct {
	count prometheus.Counter
	took  prometheus.Observer
}

func (m *Metrics) newTenant(name string) *Tenant {
	t := &Tenant{
		all: m, name: name, underWay: m.underWay.WithLabelValues(name),
		mining: m.mining.WithLabelValues(name), mined: m.mined.WithLabelValues(name),
	}
	t.answers.Store(&map[answer]answered{})
	return t
}

// Begin counts a request that begins. Each has an End.
func (t *Tenant) Begin() { t.underWay.Inc() }

// Request is a request that has ended.
type Request struct {
	// Operation is what the default version calls it, "" for a path that no
	// operation has. Version is "" for what belongs to none.
	Operation, Version string
	Status             int // 0 for a connection that was broken off
	// Fault says that a rule made or changed the answer.
	Fault bool
	Took  time.Duration
}

// End counts a request that has ended.
func (t *Tenant) End(r Request) {
	t.underWay.Dec()
	at := answer{r.Operation, r.Version, r.Status}
	series, ok := (*t.answers.Load())[at]
	if !ok {
		series = t.add(at)
	}
	series.count.Inc()
	series.took.Observe(r.Took.Seconds())
	if r.Fault {
		t.all.faults.WithLabelValues(t.name, r.Operation, r.Version).Inc()
	}
}

// add makes the series of answers that there was none of before.
func (t *Tenant) add(at answer) answered {
	t.adding.Lock()
	defer t.adding.Unlock()
	old := *t.answers.Load()
	if series, ok := old[at]; ok {
		return series
	}
	series := answered{
		count: t.all.requests.WithLabelValues(t.name, at.operation, at.version, strconv.Itoa(at.status)),
		took:  t.all.latency.WithLabelValues(t.name, at.operation),
	}
	more := make(map[answer]answered, len(old)+1)
	for known, s := range old {
		more[known] = s
	}
	more[at] = series
	t.answers.Store(&more)
	return series
}

// Control counts a request to the control plane. Operation is "" for a path that
// none has.
func (t *Tenant) Control(operation string, status int) {
	t.all.control.WithLabelValues(t.name, operation, strconv.Itoa(status)).Inc()
}

// Result is what became of background work.
type Result string

// The results.
const (
	Completed Result = "completed"
	Failed    Result = "failed" // as was ordered, or for what it found
	Faulty    Result = "error"  // of a step, which will be taken again
)

// Ended counts background work of a kind that came to an end, or a step that
// did not.
func (t *Tenant) Ended(kind string, r Result) {
	t.all.jobs.WithLabelValues(t.name, kind, string(r)).Inc()
}

// Step counts a step of background work of a kind as running until done is
// called.
func (t *Tenant) Step(kind string) (done func()) {
	running := t.all.running.WithLabelValues(t.name, kind)
	running.Inc()
	return running.Dec
}

// Mining measures a mining over so many identities until done is called.
func (t *Tenant) Mining(identities int) (done func()) {
	start := t.all.clock.Now()
	return func() {
		t.mining.Observe(t.all.clock.Now().Sub(start).Seconds())
		t.mined.Add(float64(identities))
	}
}
