package tenant

import (
	"net/http"

	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/handlers"
	"mockserver/internal/journal"
	"mockserver/internal/journal/coverage"
)

// witness makes the journal and the coverage of a tenant, and what tells both of
// requests; nil where the settings want none.
func (t *Tenant) witness(c config.Config) handlers.Journal {
	if c.JournalEntries == 0 {
		return nil
	}
	t.Journal = journal.New(journal.Config{
		Entries: c.JournalEntries, Bytes: c.JournalBytes, Request: requestShare * c.JournalBody, Response: c.JournalBody,
	})
	t.Coverage = coverage.New(t.Clock.Now)
	return witness{t.Clock, t.Journal, t.Coverage}
}

// requestShare is how much more is kept of requests than of answers: what a suite
// has sent is what it verifies, and requests with a body are few.
const requestShare = 4

// witness tells the journal and the coverage of every request.
type witness struct {
	*clock.Controlled // the tenant's
	journal           *journal.Journal
	coverage          *coverage.Counter
}

// Bodies implements handlers.Journal.
func (w witness) Bodies() (request, response int) { return w.journal.Bodies() }

// Mark implements handlers.Journal.
func (w witness) Mark() uint64 { return w.journal.Mark() }

// Record implements handlers.Journal. While the clock stands still nothing takes
// time: a journal is then the same whenever it is written.
func (w witness) Record(x *journal.Exchange) {
	if w.State().Frozen() {
		x.Duration = 0
	}
	w.coverage.Count(coverage.Request{
		Operation: x.Operation, Version: x.Version, Status: x.Status, Query: x.Query,
		Body: x.Request.Data, Patch: x.Method == http.MethodPatch,
	})
	w.journal.Record(x)
}

// ClearJournal forgets the requests so far, where there is a journal, and counts
// from 1 again. It is what a reset of the tenant does.
func (t *Tenant) ClearJournal() {
	if t.Journal != nil {
		t.Journal.Restart()
	}
}
