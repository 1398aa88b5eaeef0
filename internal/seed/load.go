package seed

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"

	"mockserver/internal/rolemining"
)

// The files of the format. Identities are in one of two: NDJSON, a record a
// line, is read without holding the text in memory.
const (
	OrgFile          = "org.json"
	SourcesFile      = "sources.json"
	EntitlementsFile = "entitlements.json"
	IdentitiesFile   = "identities.json"
	IdentitiesLines  = "identities.ndjson"
	RolesFile        = "roles.json"
	ClientsFile      = "clients.json"
	SessionsFile     = "sessions.json"
	// TruthFile says which planted role each identity of a generated organisation
	// holds (package truth). Load leaves it alone.
	TruthFile = "truth.json"
)

// Files are the names of all files of the format, in the order in which they are
// written.
func Files() []string {
	return []string{
		OrgFile, SourcesFile, EntitlementsFile, IdentitiesFile, IdentitiesLines, RolesFile, ClientsFile, SessionsFile, TruthFile,
	}
}

// Load reads the fixtures in the root of fsys and checks all of them. Sources,
// entitlements and identities come in ascending order of id, whatever their
// order in the files; roles, clients and sessions keep theirs. Fixtures that break rules are an *Error;
// any other error is one of reading.
func Load(fsys fs.FS) (rolemining.Dataset, error) {
	l := newLoader()
	l.fsys = fsys
	if err := l.directory(); err != nil {
		return rolemining.Dataset{}, err
	}
	for _, f := range l.parts() {
		if err := l.file(f.file, f.required, f.read); err != nil {
			return rolemining.Dataset{}, err
		}
	}
	if err := l.out.err(); err != nil {
		return rolemining.Dataset{}, err
	}
	return l.ds, nil
}

// part is what one file holds.
type part struct {
	file     string
	required bool
	read     func(*decoder)
}

// parts are in the order in which they can be read: what others refer to first.
func (l *loader) parts() []part {
	return []part{
		{OrgFile, true, l.org},
		{SourcesFile, true, l.readSources},
		{EntitlementsFile, true, l.readEntitlements},
		{l.identitiesFile, true, l.readIdentities},
		{RolesFile, false, l.readRoles},
		{ClientsFile, true, l.readClients},
		{SessionsFile, false, l.readSessions},
	}
}

func newLoader() *loader {
	return &loader{
		texts: map[string]string{}, named: map[string]int{}, identitiesFile: IdentitiesFile, name: byPlace,
	}
}

// loader is the state of one Load.
type loader struct {
	fsys  fs.FS
	out   findings
	ds    rolemining.Dataset
	texts map[string]string

	identitiesFile string
	name           func(what string, record int) string // how a problem calls another record
	twoFiles       bool                                 // identities are in both, so that either may miss some
	sources        index
	entitlements   index
	identities     index
	userNames      index
	seen           []int   // by entitlement: the number of the last list that has it
	found          []int32 // entitlements of the list being read
	people         *rolemining.IdentitiesBuilder
	managers       []string       // ids, by identity in the order of the file
	pairs          []uint32       // attributes of the identity being read
	days           []byte         // use of the sources by the identity being read
	lists          int            // how many lists and objects of free keys were read
	named          map[string]int // by key: the number of the last such object that has it
	roles          index
	profiles       index
	clients        index
	sessions       index
	potentialRoles index
	exports        index
}

// directory looks for files that are not of the format, since a misspelt name
// would otherwise be data silently left out.
func (l *loader) directory() error {
	entries, err := fs.ReadDir(l.fsys, ".")
	if err != nil {
		return fmt.Errorf("read the fixtures: %w", err)
	}
	known := append(Files(), "README.md")
	has := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		has[name] = true
		if !slices.Contains(known, name) && !strings.HasPrefix(name, ".") {
			l.out.addf(name, "", "not a file of fixtures (known: %s)", strings.Join(known, ", "))
		}
	}
	if has[IdentitiesLines] {
		l.identitiesFile = IdentitiesLines
		if has[IdentitiesFile] {
			l.twoFiles = true
			l.out.addf(IdentitiesLines, "", "there is an %s too; identities are in one file only", IdentitiesFile)
		}
	}
	return nil
}

// file reads one file; read gets it whole, or a line at a time.
func (l *loader) file(name string, required bool, read func(*decoder)) error {
	d := &decoder{file: name, out: &l.out, texts: l.texts}
	if name == IdentitiesLines {
		return l.lines(d)
	}
	data, err := fs.ReadFile(l.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		if required {
			l.out.addf(name, "", "the file is missing")
			l.lost(name)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the fixtures: %w", err)
	}
	d.data = data
	read(d)
	d.end()
	if d.fault != nil {
		l.malformed(d)
		l.lost(name)
	}
	if name == IdentitiesFile {
		return l.finishIdentities()
	}
	return nil
}

// malformed reports where a text stops being JSON.
func (l *loader) malformed(d *decoder) {
	line, column := position(d.data, d.fault.pos)
	l.out.Add(Problem{File: d.file, Line: line, Column: column, Rule: d.fault.text})
}

// lost stops complaints about references to what could not be read.
func (l *loader) lost(name string) {
	switch name {
	case SourcesFile:
		l.sources.lost = true
	case EntitlementsFile:
		l.entitlements.lost = true
	case IdentitiesFile, IdentitiesLines:
		l.identities.lost = true
	}
}

// lines reads identities of which each is a line. A line that is not JSON does
// not stop the reading of the others.
func (l *loader) lines(d *decoder) error {
	f, err := l.fsys.Open(IdentitiesLines)
	if err != nil {
		return fmt.Errorf("read the fixtures: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	in := bufio.NewReaderSize(f, 64<<10)
	var long []byte
	l.startIdentities()
	for number := 1; ; number++ {
		line, err := in.ReadSlice('\n')
		for long = long[:0]; errors.Is(err, bufio.ErrBufferFull); {
			long = append(long, line...)
			line, err = in.ReadSlice('\n')
		}
		if len(long) > 0 {
			line = append(long, line...)
			long = line
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the fixtures: %w", err)
		}
		l.line(d, line, number)
		if err != nil {
			break
		}
	}
	return l.finishIdentities()
}

func (l *loader) line(d *decoder, line []byte, number int) {
	d.scanner = scanner{data: line, buf: d.buf[:0]}
	if d.kind() == 0 {
		return
	}
	d.path = append(d.path[:0], step{index: l.people.Len()})
	l.identity(d)
	d.end()
	if d.fault != nil {
		_, column := position(line, d.fault.pos)
		l.out.Add(Problem{File: d.file, Line: number, Column: column, Rule: d.fault.text})
		l.lost(d.file)
	}
}

// index finds records by id, or by id and key.
type index struct {
	what string // "source"
	at   map[string]int32
	lost bool // the file could not be read, so what is not found may be there
	name func(what string, record int) string
}

// newIndex makes an index of about n entries.
func (l *loader) newIndex(what string, n int) index {
	return index{what: what, at: make(map[string]int32, n), name: l.name}
}

// byPlace names a record by its place in its file.
func byPlace(what string, record int) string { return fmt.Sprintf("%s /%d", what, record) }

// claim reads an id, or the key of a record, that no other record has.
func (ix *index) claim(d *decoder, property string, record int) string {
	id := d.text()
	ix.add(d, property, id, record)
	return id
}

func (ix *index) add(d *decoder, property, id string, record int) {
	if id == "" {
		return
	}
	if first, taken := ix.at[id]; taken {
		d.problem("the %s %q is taken by the %s", property, id, ix.name(ix.what, int(first)))
		return
	}
	ix.at[id] = int32(min(record, math.MaxInt32)) //nolint:gosec // G115: min keeps it within
}

// find reads a reference; by says what it is by, "id" or "id or key".
func (ix *index) find(d *decoder, by string) (int32, bool) {
	b, ok := d.raw()
	if !ok {
		return 0, false
	}
	return ix.look(d, by, b)
}

func (ix *index) look(d *decoder, by string, b []byte) (int32, bool) {
	at, ok := ix.at[string(b)]
	if !ok && !ix.lost && d.fault == nil {
		rule := fmt.Sprintf("no %s has the %s %q", ix.what, by, b)
		d.out.miss(Problem{File: d.file, Pointer: d.pointer(), Rule: rule}, reference{ix.what, string(b)})
	}
	return at, ok
}

// identityRef reads the id of an identity.
func (l *loader) identityRef(d *decoder) string {
	b, ok := d.raw()
	if !ok {
		return ""
	}
	if _, ok := l.identities.look(d, "id", b); !ok {
		return ""
	}
	return string(b)
}
