package tenant

import (
	"context"

	"mockserver/internal/metrics"
	"mockserver/internal/rolemining"
)

// observer tells the metrics of background work.
type observer struct{ *metrics.Tenant }

// Step implements rolemining.Observer.
func (o observer) Step(kind rolemining.TaskKind) (done func(error)) {
	end := o.Tenant.Step(kind.String())
	return func(err error) {
		end()
		if err != nil {
			o.Ended(kind.String(), metrics.Faulty)
		}
	}
}

// Entered implements rolemining.Observer.
func (o observer) Entered(kind rolemining.TaskKind, state string) {
	switch state {
	case string(rolemining.PotentialRolesCreated), string(rolemining.ExportSuccess), string(rolemining.ProvisionComplete):
		o.Ended(kind.String(), metrics.Completed)
	case string(rolemining.ExportError), string(rolemining.ProvisionFailed):
		o.Ended(kind.String(), metrics.Failed)
	}
}

// Metrics is what the metrics show of the tenant's present.
func (t *Tenant) Metrics(ctx context.Context) (metrics.State, error) {
	state := metrics.State{Tenant: t.Name, Waiting: map[string]int{}}
	unfinished, err := t.service.Unfinished(ctx)
	if err != nil {
		return state, err
	}
	for _, kind := range rolemining.TaskKinds() {
		state.Waiting[kind.String()] = unfinished[kind]
	}
	if t.Journal != nil {
		kept := t.Journal.Stats()
		state.JournalEntries, state.JournalBytes = kept.Held, kept.Bytes
	}
	state.DatabaseBytes, err = t.store.Size(ctx)
	return state, err
}
