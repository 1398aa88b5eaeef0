// Package faults decides which calls of the emulated API go wrong, and how. It
// is pure: it knows neither HTTP nor the API. Who serves a call describes it and
// is told what to do to it.
//
// # Rules
//
// A rule says which calls it is for (operation, version, client, path ids,
// headers), which of those it takes (the first N, the Nth, every Nth, all after
// the Nth, by chance) and what it does to them. Rules are asked in their order,
// and the first that takes a call decides. A rule counts the calls that reach
// it: those that match it and that no rule before it took. A rule that can take
// no more is spent and matches nothing, so two rules for one operation, each for
// two times, make four faults in a row.
//
// A rule is only ever for calls that its action can be done to: one that breaks
// bodies passes over answers that have none, one that answers 413 over operations
// that take no body.
//
// # Chance
//
// What is left to chance, probabilities and distributions of delays, follows from
// the seed, the rule's id and the rule's own counter: the same rules and calls
// give the same faults, whatever else the server is asked meanwhile.
package faults

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mockserver/internal/problems"
)

// MaxRules is how many rules a Set holds at most.
const MaxRules = 1000

// Operation is what a fault can befall, as the server tells a Set.
type Operation struct {
	// ID is what the operation is called here; Names are its other spellings.
	ID    string
	Names []string
	// Params are the names of its path parameters.
	Params []string
	// Statuses are those with which a rule may have it fail, ascending.
	Statuses []int
	// Versioned says that calls of it have a version.
	Versioned bool
	// Bodyless says that its success has no body.
	Bodyless bool
}

// Call is a call that may be taken by a rule.
type Call struct {
	Operation string // an Operation's ID
	Version   string // "" for an operation without versions
	Client    string // the client's id, "" for one that is not known
	// Param returns a path parameter, "" for one that the path does not have.
	Param func(name string) string
	// Header has canonical names, as http.Header has.
	Header map[string][]string
	// Bodyless says that the answer can have no body, as to HEAD.
	Bodyless bool
}

// Fault is what is to be done to a call.
type Fault struct {
	// ID is the rule's, or Preferred for what the request itself asked for.
	ID string
	Action
	// Wait is how long to wait, drawn from Action.Delay; 0 for not at all.
	Wait time.Duration
	// Applied are the preferences that were followed, for Preference-Applied.
	Applied string
}

// Effect says in one line what is done to the call, such as
// "delay=250ms, status=429": the same items that a rule has.
func (f Fault) Effect() string {
	var all []string
	add := func(name, value string) { all = append(all, name+"="+value) }
	if f.Wait > 0 {
		add("delay", f.Wait.String())
	}
	if f.Status > 0 {
		add("status", strconv.Itoa(f.Status))
	}
	if f.Connection != "" {
		add("connection", string(f.Connection))
	}
	if f.Body != "" {
		add("body", string(f.Body))
	}
	if f.Slow != nil {
		add("bytesPerSecond", strconv.Itoa(f.Slow.BytesPerSecond))
	}
	if f.Performed {
		add("performed", "true")
	}
	return strings.Join(all, ", ")
}

// Config is what a Set is made of.
type Config struct {
	Seed       string // decides what is left to chance
	Operations []Operation
	Versions   []string // the names that a rule's version may have
}

// Set is the rules in force. It is safe for concurrent use.
type Set struct {
	seed      string
	catalogue *catalogue

	changing sync.Mutex               // one change at a time
	rules    atomic.Pointer[[]*armed] // nil for none
}

// New returns a Set without rules.
func New(c Config) *Set {
	return &Set{seed: c.Seed, catalogue: newCatalogue(c.Operations, c.Versions)}
}

// Active says whether there are rules at all. A nil Set has none.
func (s *Set) Active() bool { return s != nil && s.rules.Load() != nil }

// Decide counts a call and says whether a rule takes it.
func (s *Set) Decide(c Call) (Fault, bool) {
	for _, a := range s.all() {
		if !a.matches(c) {
			continue
		}
		if n, ok := a.take(); ok {
			f := Fault{ID: a.ID, Action: a.Action}
			if a.Delay != nil {
				f.Wait = a.Delay.draw(a.seed, a.ID, n)
			}
			return f, true
		}
	}
	return Fault{}, false
}

// Replace puts the rules of a JSON document (an array of rules, or one rule) in
// the place of all others, with their counters at 0. It is all or nothing: an
// error is an *Error that names everything that is wrong.
func (s *Set) Replace(document []byte) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	rules, err := s.parse(document, nil)
	if err == nil {
		s.put(rules)
	}
	return err
}

// Add puts the rules of a JSON document behind the others, as Replace does, and
// returns them.
func (s *Set) Add(document []byte) ([]State, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	present := s.all()
	added, err := s.parse(document, present)
	if err != nil {
		return nil, err
	}
	s.put(slices.Concat(present, added))
	return states(added), nil
}

// Remove takes the rule with an id away and says whether there was one.
func (s *Set) Remove(id string) bool {
	s.changing.Lock()
	defer s.changing.Unlock()
	present := s.all()
	rest := slices.DeleteFunc(slices.Clone(present), func(a *armed) bool { return a.ID == id })
	s.put(rest)
	return len(rest) < len(present)
}

// Clear takes all rules away.
func (s *Set) Clear() {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.put(nil)
}

// List is the rules in their order, with what became of them so far. It is never
// nil.
func (s *Set) List() []State { return states(s.all()) }

// Rule is the rule with an id, false if there is none.
func (s *Set) Rule(id string) (State, bool) {
	for _, a := range s.all() {
		if a.ID == id {
			return a.state(), true
		}
	}
	return State{}, false
}

func (s *Set) all() []*armed {
	if rules := s.rules.Load(); rules != nil {
		return *rules
	}
	return nil
}

func (s *Set) put(rules []*armed) {
	if len(rules) == 0 {
		s.rules.Store(nil)
		return
	}
	s.rules.Store(&rules)
}

// parse reads a document of rules that are to stand behind the present ones.
func (s *Set) parse(document []byte, present []*armed) ([]*armed, error) {
	p := &parser{catalogue: s.catalogue, taken: map[string]bool{}}
	for _, a := range present {
		p.taken[a.ID] = true
	}
	rules := p.document(document, len(present))
	if p.problems.Count > 0 {
		return nil, &Error{Problems: p.problems.Problems, Count: p.problems.Count}
	}
	for i := range rules {
		rules[i].seed = s.seed
	}
	return rules, nil
}

// State is a rule and what became of it.
type State struct {
	Rule
	// Seen is how many calls reached the rule, Hits how many of them it took.
	Seen int `json:"seen"`
	Hits int `json:"hits"`
	// Spent says that it will take no more.
	Spent bool `json:"spent"`
}

func states(rules []*armed) []State {
	all := make([]State, len(rules))
	for i, a := range rules {
		all[i] = a.state()
	}
	return all
}

// armed is a rule that is in force.
type armed struct {
	Rule
	applies      map[string]bool // ids of the operations it is for
	path, header []pair          // as in Rule
	seed         string

	mu         sync.Mutex
	seen, hits int
}

// pair is a name and the value that it must have.
type pair struct{ name, value string }

func pairs(all map[string]string) []pair {
	var list []pair
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, pair{name, all[name]})
	}
	return list
}

// matches says whether a call is one that the rule is for, whatever the count.
func (a *armed) matches(c Call) bool {
	if !a.applies[c.Operation] || a.Version != "" && a.Version != c.Version || a.Client != "" && a.Client != c.Client {
		return false
	}
	if c.Bodyless && a.needsBody() {
		return false
	}
	for _, want := range a.path {
		if c.Param == nil || c.Param(want.name) != want.value {
			return false
		}
	}
	for _, want := range a.header {
		if !slices.Contains(c.Header[want.name], want.value) {
			return false
		}
	}
	return true
}

// take counts a call and says whether the rule takes it, as its n-th.
func (a *armed) take() (n int, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.spent() {
		return 0, false
	}
	a.seen++
	if !a.due() {
		return 0, false
	}
	a.hits++
	return a.hits, true
}

// due says whether the call that was just counted is one that the rule takes.
func (a *armed) due() bool {
	n := a.seen - a.After
	switch {
	case n <= 0, a.Nth > 0 && n != a.Nth, a.Every > 0 && n%a.Every != 0:
		return false
	case a.Probability != nil:
		return chance(a.seed, a.ID, "probability", a.seen)[0] < *a.Probability
	}
	return true
}

func (a *armed) spent() bool {
	return a.Times > 0 && a.hits >= a.Times || a.Nth > 0 && a.seen-a.After >= a.Nth
}

func (a *armed) state() State {
	a.mu.Lock()
	defer a.mu.Unlock()
	return State{Rule: a.Rule, Seen: a.seen, Hits: a.hits, Spent: a.spent()}
}

// Error is everything that is wrong with a document of rules.
type Error struct {
	Problems []Problem // at most problems.Max
	Count    int       // all, listed or not
}

// Problem is one thing that is wrong.
type Problem struct {
	// Pointer is the JSON Pointer (RFC 6901) of the value at fault, "" for the
	// document as a whole.
	Pointer string
	// Text says what is wrong, naming the rule that is broken.
	Text string
	// Allowed are the right names or values, the nearest first, where they can be
	// listed.
	Allowed []string
}

// String is the problem on one line.
func (p Problem) String() string { return p.Pointer + ": " + p.Text }

// Error implements error.
func (e *Error) Error() string { return problems.Text("the rules are not valid", e.Problems, e.Count) }
