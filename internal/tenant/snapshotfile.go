package tenant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/config"
	"mockserver/internal/ratelimit"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// The head of a snapshot's file.
const (
	snapshotFormat  = "mockserver-snapshot"
	snapshotVersion = 1
)

// snapshotFile is a snapshot as one JSON document. All properties are required.
type snapshotFile struct {
	Format        string              `json:"format"`
	Version       int                 `json:"version"`       // of this form
	SchemaVersion int                 `json:"schemaVersion"` // of the databases in it
	CreatedAt     time.Time           `json:"createdAt"`
	Clock         *fileClock          `json:"clock"` // null is the machine's
	Settings      fileSettings        `json:"settings"`
	SessionJobs   map[string]filePace `json:"sessionJobs"`
	Reads         []fileRead          `json:"reads"`
	Limits        []fileWindow        `json:"limits"`
	Tokens        int64               `json:"tokens"`
	Requests      uint64              `json:"requests"`
	State         fileImage           `json:"state"`
	Fixtures      *fileImage          `json:"fixtures"` // what a reset returns to; null is State
}

type fileClock struct {
	Now  time.Time `json:"now"`
	Rate float64   `json:"rate"`
}

// fileSettings are all settings in the form of PUT /_mock/settings.
type fileSettings struct {
	Auth           string `json:"auth"`
	RateLimit      string `json:"rateLimit"`
	Jobs           string `json:"jobs"`
	StageDelay     string `json:"stageDelay"`
	StrictRequests bool   `json:"strictRequests"`
	Prefer         bool   `json:"prefer"`
}

type filePace struct {
	Mode       string `json:"mode"`
	StageDelay string `json:"stageDelay"`
}

// fileRead is a rolemining.ReadCount.
type fileRead struct {
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	SessionID string `json:"sessionId"`
	State     string `json:"state"`
	Epoch     int    `json:"epoch"`
	Times     int    `json:"times"`
}

// fileWindow is a ratelimit.Window.
type fileWindow struct {
	Key   string    `json:"key"`
	Opens time.Time `json:"opens"`
	Calls int       `json:"calls"`
}

// ExportSnapshot is a snapshot as a file that ImportSnapshot takes, here or on
// another server of this version. The error is a *SnapshotError.
func (t *Tenant) ExportSnapshot(name string) ([]byte, error) {
	one, err := t.Snapshot(name)
	if err != nil {
		return nil, err
	}
	file := snapshotFile{
		Format: snapshotFormat, Version: snapshotVersion, SchemaVersion: store.SchemaVersion, CreatedAt: one.CreatedAt.UTC(),
		Settings: fileSettingsOf(one.tuning), SessionJobs: map[string]filePace{}, Reads: []fileRead{}, Limits: []fileWindow{},
		Tokens: one.tokens, Requests: one.requests,
	}
	if !one.clock.Real() {
		file.Clock = &fileClock{one.clock.At.UTC(), one.clock.Rate}
	}
	for id, p := range one.pacing.Own {
		file.SessionJobs[id] = filePace{p.String(), p.Delay.String()}
	}
	for _, r := range one.pacing.Reads {
		file.Reads = append(file.Reads, fileRead{r.Task.Kind.String(), r.Task.ID, r.SessionID, r.State, r.Epoch, r.Times})
	}
	for _, w := range one.windows {
		file.Limits = append(file.Limits, fileWindow{w.Key, w.Opens.UTC(), w.Calls})
	}
	if file.State, err = packImage(one.stored.Image); err != nil {
		return nil, err
	}
	if !bytes.Equal(one.stored.Base, one.stored.Image) {
		fixtures, err := packImage(one.stored.Base)
		if err != nil {
			return nil, err
		}
		file.Fixtures = &fixtures
	}
	return json.MarshalIndent(file, "", "  ")
}

func fileSettingsOf(t Tuning) fileSettings {
	return fileSettings{
		Auth: string(t.Auth.Value), RateLimit: t.RateLimit.Value.String(), Jobs: t.Jobs.Value.String(),
		StageDelay: t.StageDelay.Value.String(), StrictRequests: t.StrictRequests.Value, Prefer: t.Prefer.Value,
	}
}

// ImportSnapshot makes a snapshot of a file, which is checked to its last row. Only
// one of this version of the program's is taken. Errors are a *SnapshotError or
// those of the database; then nothing is changed.
func (t *Tenant) ImportSnapshot(ctx context.Context, name string, file []byte, replace bool) (made *Snapshot, replaced bool, err error) {
	if err := t.snapshots.check(name, 0, replace); err != nil {
		return nil, false, err
	}
	made, err = readSnapshot(file)
	if err != nil {
		return nil, false, err
	}
	if err := t.snapshots.check(name, made.Size(), replace); err != nil {
		return nil, false, err
	}
	made.Name = name
	made.stored, made.Counts, err = t.store.Verify(ctx, made.stored)
	var other *store.OtherSchemaError
	switch {
	case errors.As(err, &other):
		return nil, false, otherSchema(other.Version)
	case errors.Is(err, store.ErrCorrupt):
		return nil, false, snapshotError(SnapshotBroken, "the file is damaged: %v", err)
	case err != nil:
		return nil, false, err
	}
	replaced, err = t.snapshots.put(made, replace)
	return made, replaced, err
}

func otherSchema(version int) error {
	return snapshotError(OtherSnapshotVersion,
		"the snapshot was written by another version of the program: its schema version is %d, and this program takes only %d; import it where it is from, or save it anew here", version, store.SchemaVersion)
}

// readSnapshot reads a file but for what is in its databases.
func readSnapshot(file []byte) (*Snapshot, error) {
	broken := func(err error) error {
		return snapshotError(SnapshotBroken, "the file is no snapshot, or damaged: %v", err)
	}
	var head struct {
		Format                 string
		Version, SchemaVersion int
	}
	if err := json.Unmarshal(file, &head); err != nil {
		return nil, broken(err)
	}
	switch {
	case head.Format != snapshotFormat:
		return nil, broken(fmt.Errorf("format must be %q, not %q", snapshotFormat, head.Format))
	case head.Version != snapshotVersion:
		return nil, snapshotError(OtherSnapshotVersion, "the snapshot was written by another version of the program: its version is %d, and this program takes only %d", head.Version, snapshotVersion)
	case head.SchemaVersion != store.SchemaVersion:
		return nil, otherSchema(head.SchemaVersion)
	}
	if err := complete(file); err != nil {
		return nil, broken(err)
	}
	var f snapshotFile
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, broken(err)
	}
	made, err := f.snapshot()
	if err != nil {
		return nil, broken(err)
	}
	return made, nil
}

// complete says which property of a file is not there.
func complete(file []byte) error {
	var has map[string]json.RawMessage
	if err := json.Unmarshal(file, &has); err != nil {
		return err
	}
	for f := range reflect.TypeFor[snapshotFile]().Fields() {
		if name := f.Tag.Get("json"); has[name] == nil {
			return fmt.Errorf("there is no property %q", name)
		}
	}
	return nil
}

// snapshot is what a file says, its databases unpacked.
func (f snapshotFile) snapshot() (*Snapshot, error) {
	made := &Snapshot{CreatedAt: f.CreatedAt, tokens: f.Tokens, requests: f.Requests}
	if f.Tokens < 0 {
		return nil, fmt.Errorf("tokens must be 0 or more, not %d", f.Tokens)
	}
	for _, part := range []func(*Snapshot) error{f.moment, f.settings, f.pacing, f.limits, f.images} {
		if err := part(made); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func (f snapshotFile) moment(into *Snapshot) error {
	c := f.Clock
	if !clock.Shows(f.CreatedAt) {
		return fmt.Errorf("createdAt must be a moment in the years 1970 to 2200, not %v", f.CreatedAt)
	}
	if c == nil {
		return nil
	}
	if !(c.Rate >= 0 && c.Rate <= clock.MaxRate) || !clock.Shows(c.Now) {
		return fmt.Errorf("clock shows %v at the rate %v: it must show a moment in the years 1970 to 2200, at a rate from 0 to %d", c.Now, c.Rate, clock.MaxRate)
	}
	into.clock = clock.State{At: c.Now, Rate: c.Rate}
	return nil
}

func (f snapshotFile) settings(into *Snapshot) error {
	s := f.Settings
	mode, errMode := auth.ParseMode(s.Auth)
	if s.Auth == "" {
		errMode = errors.New("auth is empty")
	}
	limit, errLimit := ratelimit.Parse(s.RateLimit)
	pace, errPace := filePace{s.Jobs, s.StageDelay}.pace()
	if err := errors.Join(errMode, errLimit, errPace); err != nil {
		return fmt.Errorf("settings: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	into.tuning = Tuning{
		Auth: Tuned[auth.Mode]{mode, config.Snapshot}, RateLimit: Tuned[ratelimit.Limit]{limit, config.Snapshot},
		Jobs: Tuned[rolemining.Pace]{pace, config.Snapshot}, StageDelay: Tuned[time.Duration]{pace.Delay, config.Snapshot},
		StrictRequests: Tuned[bool]{s.StrictRequests, config.Snapshot}, Prefer: Tuned[bool]{s.Prefer, config.Snapshot},
	}
	return nil
}

func (p filePace) pace() (rolemining.Pace, error) {
	pace, err := rolemining.ParsePace(p.Mode)
	if err != nil {
		return pace, fmt.Errorf("jobs: %w", err)
	}
	if pace.Delay, err = parseDelay(p.StageDelay); err != nil {
		return pace, fmt.Errorf("stageDelay: %w", err)
	}
	return pace, nil
}

func (f snapshotFile) pacing(into *Snapshot) (err error) {
	own := map[string]rolemining.Pace{}
	for id, p := range f.SessionJobs {
		if own[id], err = p.pace(); err != nil {
			return fmt.Errorf("sessionJobs of %q: %w", id, err)
		}
	}
	into.pacing = rolemining.Pacing{Pace: into.tuning.pace(), Own: own}
	kinds := map[string]rolemining.TaskKind{}
	for _, kind := range rolemining.TaskKinds() {
		kinds[kind.String()] = kind
	}
	for i, r := range f.Reads {
		kind, ok := kinds[r.Kind]
		if !ok || r.Times < 1 || r.Times > rolemining.MaxReads || r.Epoch < 0 {
			return fmt.Errorf("reads[%d] must be of a session, export or provisioning that was read 1 to %d times", i, rolemining.MaxReads)
		}
		into.pacing.Reads = append(into.pacing.Reads, rolemining.ReadCount{
			Task: rolemining.Task{Kind: kind, ID: r.ID}, SessionID: r.SessionID, State: r.State, Epoch: r.Epoch, Times: r.Times,
		})
	}
	return nil
}

func (f snapshotFile) limits(into *Snapshot) error {
	for i, w := range f.Limits {
		if w.Calls < 0 || !clock.Shows(w.Opens) {
			return fmt.Errorf("limits[%d] must have 0 or more calls since a moment in the years 1970 to 2200", i)
		}
		into.windows = append(into.windows, ratelimit.Window(w))
	}
	return nil
}

func (f snapshotFile) images(into *Snapshot) (err error) {
	if into.stored.Image, err = f.State.unpack(maxSnapshotBytes); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	into.stored.Base = into.stored.Image
	if f.Fixtures != nil {
		if into.stored.Base, err = f.Fixtures.unpack(maxSnapshotBytes - len(into.stored.Image)); err != nil {
			return fmt.Errorf("fixtures: %w", err)
		}
	}
	return nil
}
