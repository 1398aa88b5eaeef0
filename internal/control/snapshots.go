package control

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"mockserver/internal/api"
	"mockserver/internal/tenant"
)

// snapshot is a snapshot as it is listed.
type snapshot struct {
	Name      string   `json:"name"`
	CreatedAt api.Time `json:"createdAt"` // by the machine's clock
	Bytes     int      `json:"bytes"`     // of memory
	Counts    holdings `json:"counts"`
}

func snapshotOf(s *tenant.Snapshot) snapshot {
	return snapshot{s.Name, api.Time(s.CreatedAt), s.Size(), holdings(s.Counts)}
}

// snapshotProblem is an error of snapshots as it is told.
func snapshotProblem(err error) error {
	var fault *tenant.SnapshotError
	if !errors.As(err, &fault) {
		return err
	}
	status := http.StatusConflict
	switch fault.Kind {
	case tenant.BadSnapshotName, tenant.SnapshotBroken:
		status = http.StatusBadRequest
	case tenant.NoSnapshot:
		status = http.StatusNotFound
	case tenant.NoSnapshotRoom:
		status = http.StatusInsufficientStorage
	}
	return &problem{status: status, Text: fault.Text}
}

func (p *Plane) listSnapshots(c *call) (any, error) {
	list := []snapshot{}
	for _, s := range c.tenant.Snapshots() {
		list = append(list, snapshotOf(s))
	}
	return list, nil
}

func (p *Plane) getSnapshot(c *call) (any, error) {
	s, err := c.tenant.Snapshot(c.param("name"))
	if err != nil {
		return nil, snapshotProblem(err)
	}
	return snapshotOf(s), nil
}

func (p *Plane) saveSnapshot(c *call) (any, error) {
	replace, err := c.flag("replace")
	if err != nil {
		return nil, err
	}
	return kept(c.tenant.Save(c.Context(), c.param("name"), replace))
}

// kept answers with a snapshot that was put.
func kept(s *tenant.Snapshot, replaced bool, err error) (any, error) {
	if err != nil {
		return nil, snapshotProblem(err)
	}
	if replaced {
		return snapshotOf(s), nil
	}
	return with{http.StatusCreated, snapshotOf(s)}, nil
}

func (p *Plane) deleteSnapshot(c *call) (any, error) {
	return nil, snapshotProblem(c.tenant.DeleteSnapshot(c.param("name")))
}

// restoreOrder chooses what a restore leaves as it is.
type restoreOrder struct {
	Keep []string `json:"keep"`
}

// restoreResult is what a restore did.
type restoreResult struct {
	Snapshot string   `json:"snapshot"`
	Restored []string `json:"restored"`
	Cleared  []string `json:"cleared"` // which are in no snapshot
	Kept     []string `json:"kept"`
}

func (p *Plane) restoreSnapshot(c *call) (any, error) {
	var order restoreOrder
	if err := decodeOptional(c, &order); err != nil {
		return nil, err
	}
	keep, err := partsOf(order.Keep, "a restore")
	if err != nil {
		return nil, err
	}
	name := c.param("name")
	if err := c.tenant.Restore(c.Context(), name, keep...); err != nil {
		return nil, snapshotProblem(err)
	}
	result := restoreResult{Snapshot: name, Restored: []string{statePart}, Cleared: []string{}, Kept: []string{}}
	for _, part := range tenant.Parts() {
		into := &result.Restored
		switch {
		case slices.Contains(keep, part):
			into = &result.Kept
		case part == tenant.PartFaults || part == tenant.PartJournal:
			into = &result.Cleared
		}
		*into = append(*into, string(part))
	}
	return result, nil
}

// partsOf are the names of parts in an order, checked.
func partsOf(names []string, what string) ([]tenant.Part, error) {
	var keep []tenant.Part
	for i, name := range names {
		if part := tenant.Part(name); slices.Contains(tenant.Parts(), part) {
			keep = append(keep, part)
			continue
		}
		p := invalid(fmt.Sprintf("/keep/%d", i), "%s cannot keep %q", what, name)
		for _, part := range tenant.Parts() {
			p.Allowed = append(p.Allowed, string(part))
		}
		return nil, p
	}
	return keep, nil
}

func (p *Plane) exportSnapshot(c *call) (any, error) {
	name := c.param("name")
	file, err := c.tenant.ExportSnapshot(name)
	if err != nil {
		return nil, snapshotProblem(err)
	}
	return document{contentType: contentJSON, body: file, header: map[string]string{
		"Content-Disposition": fmt.Sprintf("attachment; filename=%q", name+".snapshot.json"),
	}}, nil
}

func (p *Plane) importSnapshot(c *call) (any, error) {
	replace, err := c.flag("replace")
	if err != nil {
		return nil, err
	}
	file, err := readBody(c)
	if err != nil {
		return nil, err
	}
	if len(file) == 0 {
		return nil, invalid("", "a JSON body is needed: a file of GET /_mock/snapshots/NAME/file")
	}
	return kept(c.tenant.ImportSnapshot(c.Context(), c.param("name"), file, replace))
}

// differences is what differs between two states, by kind of object.
type differences struct {
	From           string     `json:"from"`
	To             *string    `json:"to"` // null is now
	Same           bool       `json:"same"`
	Sessions       difference `json:"sessions"`
	PotentialRoles difference `json:"potentialRoles"`
	Exports        difference `json:"exports"`
	Roles          difference `json:"roles"`
	AccessRequests difference `json:"accessRequests"`
	Mails          difference `json:"mails"`
	Organisation   difference `json:"organisation"`
	Identities     difference `json:"identities"`
	Entitlements   difference `json:"entitlements"`
	Sources        difference `json:"sources"`
	Clients        difference `json:"clients"`
}

type difference struct {
	Added   []string  `json:"added"`
	Removed []string  `json:"removed"`
	Changed []changed `json:"changed"`
}

type changed struct {
	ID         string   `json:"id"`
	Properties []string `json:"properties"`
}

func (p *Plane) diffSnapshot(c *call) (any, error) { return p.diff(c, "") }

func (p *Plane) diffSnapshots(c *call) (any, error) { return p.diff(c, c.param("other")) }

func (p *Plane) diff(c *call, to string) (any, error) {
	from := c.param("name")
	d, err := c.tenant.Diff(c.Context(), from, to)
	if err != nil {
		return nil, snapshotProblem(err)
	}
	shown := differences{From: from, Same: true}
	if to != "" {
		shown.To = &to
	}
	for _, kind := range []struct {
		from tenant.Difference
		into *difference
	}{
		{d.Sessions, &shown.Sessions}, {d.PotentialRoles, &shown.PotentialRoles}, {d.Exports, &shown.Exports},
		{d.Roles, &shown.Roles}, {d.AccessRequests, &shown.AccessRequests}, {d.Mails, &shown.Mails},
		{d.Organisation, &shown.Organisation}, {d.Identities, &shown.Identities}, {d.Entitlements, &shown.Entitlements}, {d.Sources, &shown.Sources}, {d.Clients, &shown.Clients},
	} {
		*kind.into = differenceOf(kind.from)
		shown.Same = shown.Same && len(kind.from.Added)+len(kind.from.Removed)+len(kind.from.Changed) == 0
	}
	return shown, nil
}

func differenceOf(d tenant.Difference) difference {
	shown := difference{append([]string{}, d.Added...), append([]string{}, d.Removed...), []changed{}}
	for _, one := range d.Changed {
		shown.Changed = append(shown.Changed, changed{one.ID, one.Properties})
	}
	return shown
}
