package metrics

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// State is what a tenant has at this moment.
type State struct {
	Tenant string
	// Waiting is how much background work there is that no step is being taken of,
	// by kind.
	Waiting map[string]int
	// DatabaseBytes is the size of the database.
	DatabaseBytes int64
	// JournalEntries and JournalBytes are how full the journal is, 0 for a tenant
	// that keeps none.
	JournalEntries, JournalBytes int
}

// present shows the states of a moment to the library.
type present struct {
	states  []State // those of Others added up
	tenants int
}

// The series of a State.
var (
	tenantsDesc        = desc("tenants", "Tenants that are there, the default one included.")
	waitingDesc        = desc("jobs_waiting", "Background work that waits: for its moment, for a read, for a step, or for its turn.", tenantLabel, kindLabel)
	databaseDesc       = desc("database_bytes", "Size of the database.", tenantLabel)
	journalEntriesDesc = desc("journal_entries", "Requests in the journal.", tenantLabel)
	journalBytesDesc   = desc("journal_bytes", "Memory that the requests in the journal take.", tenantLabel)
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// present adds up the states that share series.
func (m *Metrics) present(states []State) *present {
	p := &present{tenants: len(states)}
	at := map[string]int{}
	for _, s := range states {
		s.Tenant = m.seriesOf(s.Tenant)
		i, shared := at[s.Tenant]
		if !shared {
			at[s.Tenant] = len(p.states)
			s.Waiting = maps.Clone(s.Waiting)
			p.states = append(p.states, s)
			continue
		}
		sum := &p.states[i]
		for kind, n := range s.Waiting {
			sum.Waiting[kind] += n
		}
		sum.DatabaseBytes += s.DatabaseBytes
		sum.JournalEntries += s.JournalEntries
		sum.JournalBytes += s.JournalBytes
	}
	return p
}

// Describe implements prometheus.Collector.
func (p *present) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{tenantsDesc, waitingDesc, databaseDesc, journalEntriesDesc, journalBytesDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (p *present) Collect(to chan<- prometheus.Metric) {
	set := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	set(tenantsDesc, float64(p.tenants))
	for _, s := range p.states {
		for _, kind := range slices.Sorted(maps.Keys(s.Waiting)) {
			set(waitingDesc, float64(s.Waiting[kind]), s.Tenant, kind)
		}
		set(databaseDesc, float64(s.DatabaseBytes), s.Tenant)
		set(journalEntriesDesc, float64(s.JournalEntries), s.Tenant)
		set(journalBytesDesc, float64(s.JournalBytes), s.Tenant)
	}
}
