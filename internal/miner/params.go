package miner

// A Type says what a session looks for.
type Type int

// The types of sessions. The zero value is Specialized.
const (
	Specialized Type = iota // peer groups with access of their own
	Common                  // access that nearly the whole scope has
)

// String returns the API's word for the type.
func (t Type) String() string {
	switch t {
	case Specialized:
		return "SPECIALIZED"
	case Common:
		return "COMMON"
	}
	return "UNKNOWN"
}

// A Stage names what the engine is busy with.
type Stage string

// The stages, in the order in which they first occur. Similarity and
// clustering come again for every threshold that needs them.
const (
	StageSets       Stage = "sets"       // collapsing identical sets; counts identities
	StageThreshold  Stage = "threshold"  // trying thresholds; counts candidates
	StageSimilarity Stage = "similarity" // finding edges; counts distinct sets
	StageClustering Stage = "clustering" // finding peer groups; counts distinct sets
	StageRoles      Stage = "roles"      // describing potential roles; counts roles
)

// Progress says how far the engine is: Done of Total units of a stage.
type Progress struct {
	Stage       Stage
	Done, Total int
}

// Params are the parameters of one run.
type Params struct {
	// Scope lists the identities to mine, by index; repetitions do no harm.
	// Nil means every active identity. An empty scope that is not nil is empty.
	Scope []int32
	Type  Type
	// PruneThreshold is the least similarity of an edge in percent, 0..100.
	// Nil means the prescribed one.
	PruneThreshold *int
	// MinIdentities is the least number of identities in a role, at least 1.
	MinIdentities int
	// MaxEdges bounds the similarity graph; where a threshold gives more edges
	// it is raised by 5 until it does not. 0 means 50 million.
	MaxEdges int
	// Progress, if not nil, is called now and then from the goroutine that
	// called Mine. It must not block for long.
	Progress func(Progress)
}

// check returns an error for the first parameter that breaks a rule.
func (p *Params) check() error {
	switch {
	case p.Type != Specialized && p.Type != Common:
		return inputError("type", "must be Specialized or Common, is %d", int(p.Type))
	case p.MinIdentities < 1:
		return inputError("minIdentities", "must be at least 1, is %d", p.MinIdentities)
	case p.PruneThreshold != nil && (*p.PruneThreshold < 0 || *p.PruneThreshold > 100):
		return inputError("pruneThreshold", "must be in 0..100, is %d", *p.PruneThreshold)
	case p.MaxEdges < 0:
		return inputError("maxEdges", "must not be negative, is %d", p.MaxEdges)
	}
	return nil
}

// scope lists the ranks of the identities to mine, ascending and unique.
func (o *Organisation) scope(indices []int32) ([]int32, error) {
	in := make([]bool, len(o.identityAt))
	if indices == nil {
		copy(in, o.active)
	}
	for _, i := range indices {
		if i < 0 || int(i) >= len(in) {
			return nil, inputError("scope", "index %d is outside 0..%d", i, len(in)-1)
		}
		in[o.identityRk[i]] = true
	}
	ranks := []int32{}
	for rk, is := range in {
		if is {
			ranks = append(ranks, int32(rk))
		}
	}
	return ranks, nil
}
