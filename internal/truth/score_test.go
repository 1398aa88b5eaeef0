package truth_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mockserver/internal/truth"
)

// planted makes a truth of roles with members a0, a1, ... of role "a".
func planted(sizes map[string]int) truth.Truth {
	t := truth.Truth{Identities: map[string]string{}}
	for _, id := range []string{"a", "b", "c"} {
		if n := sizes[id]; n > 0 {
			t.Roles = append(t.Roles, truth.Role{ID: id, Name: id, EntitlementIDs: []string{id + "-x", id + "-y"}})
			for k := range n {
				t.Identities[fmt.Sprint(id, k)] = id
			}
		}
	}
	return t
}

func ids(text ...string) []string { return text }

// The expected values are worked out by hand from the definitions.
func TestScore(t *testing.T) {
	t.Parallel()
	ln := math.Log
	twoPairs := planted(map[string]int{"a": 2, "b": 2})
	for _, tt := range []struct {
		name  string
		truth truth.Truth
		found []truth.Found
		scope []string
		least int
		want  truth.Scores
	}{
		{
			"all found", twoPairs,
			[]truth.Found{{ids("b0", "b1"), ids("b-x", "b-y")}, {ids("a1", "a0"), ids("a-x", "a-y")}}, nil, 1,
			truth.Scores{ARI: 1, NMI: 1, MemberJaccard: 1, EntitlementJaccard: 1, Assigned: 1, Found: 2, Planted: 2},
		},
		{ // Two pairs cut across two pairs: index 0, expected 2·2/6, maximum 2.
			"crossed", twoPairs,
			[]truth.Found{{ids("a0", "b0"), ids("a-x", "b-x")}, {ids("a1", "b1"), ids("a-x", "a-y")}}, nil, 1,
			truth.Scores{ARI: -0.5, NMI: 0, MemberJaccard: 1.0 / 3, EntitlementJaccard: (1 + 1.0/3) / 2, Assigned: 1, Found: 0, Planted: 2},
		},
		{ // Two parts of two against four of one: index 0 of 2 possible, all chance.
			"nothing found", twoPairs, nil, nil, 1,
			truth.Scores{ARI: 0, NMI: 2 * ln(2) / (ln(2) + ln(4)), Planted: 2},
		},
		{ // {a0 a1} found, b0 and b1 alone: index 1, expected 2·1/6, maximum 1.5.
			"one of two", twoPairs, []truth.Found{{ids("a0", "a1", "a0"), ids("a-x", "a-y", "z", "z")}}, nil, 1,
			truth.Scores{
				ARI: (1 - 1.0/3) / (1.5 - 1.0/3), NMI: 2 * ln(2) / (ln(2) + 1.5*ln(2)),
				MemberJaccard: 0.5, EntitlementJaccard: 1.0 / 3, Assigned: 0.5, Found: 1, Planted: 2,
			},
		},
		{ // Half of a role is enough, and c0 is nobody's: {a0 a1} in {a0 a1 c0 c1}.
			"half and strangers", planted(map[string]int{"a": 2}), []truth.Found{{ids("a0", "a1", "c0", "c1"), nil}}, nil, 1,
			truth.Scores{ARI: 0, NMI: 0, MemberJaccard: 0.5, Assigned: 1, Found: 1, Planted: 1},
		},
		{ // The core that is most like a's access is of a role with none of a's members.
			"access found with others", twoPairs,
			[]truth.Found{{ids("a0", "a1"), ids("a-x", "z")}, {ids("b0", "b1"), ids("a-y", "a-x", "b-x")}}, nil, 1,
			truth.Scores{ARI: 1, NMI: 1, MemberJaccard: 1, EntitlementJaccard: (2.0/3 + 1.0/4) / 2, Assigned: 1, Found: 2, Planted: 2},
		},
		{ // b0 counts for the first of its two roles only.
			"held twice", twoPairs, []truth.Found{{ids("b0", "b1"), ids("b-y", "b-x")}, {ids("a0", "a1", "b0"), ids("a-x", "a-y")}}, nil, 1,
			truth.Scores{ARI: 1, NMI: 1, MemberJaccard: 1, EntitlementJaccard: 1, Assigned: 1, Found: 2, Planted: 2},
		},
		{
			"a scope without b", twoPairs, []truth.Found{{ids("a0", "a1", "b0", "b1"), ids("a-x", "a-y")}}, ids("a0", "a1", "a0"), 1,
			truth.Scores{ARI: 1, NMI: 1, MemberJaccard: 1, EntitlementJaccard: 1, Assigned: 1, Found: 1, Planted: 1},
		},
		{ // b has one member in scope, who is then as one without a role.
			"too few of b in scope", twoPairs, []truth.Found{{ids("a0", "a1"), ids("a-x", "a-y")}}, ids("a0", "a1", "b0"), 2,
			truth.Scores{ARI: 1, NMI: 1, MemberJaccard: 1, EntitlementJaccard: 1, Assigned: 1, Found: 1, Planted: 1},
		},
		{
			"the same, but b counts", twoPairs, []truth.Found{{ids("a0", "a1"), ids("a-x", "a-y")}}, ids("a0", "a1", "b0"), 0,
			truth.Scores{ARI: 1, NMI: 1, MemberJaccard: 0.5, EntitlementJaccard: 0.5, Assigned: 2.0 / 3, Found: 1, Planted: 2},
		},
		{"an empty scope", twoPairs, []truth.Found{{ids("a0"), nil}}, []string{}, 1, truth.Scores{ARI: 1, NMI: 1}},
		{"nothing at all", truth.Truth{}, nil, nil, 20, truth.Scores{ARI: 1, NMI: 1}},
		{"one role of all", planted(map[string]int{"c": 5}), []truth.Found{{ids("c0", "c1", "c2", "c3", "c4"), nil}}, nil, 5,
			truth.Scores{ARI: 1, NMI: 1, MemberJaccard: 1, Assigned: 1, Found: 1, Planted: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, x := range []*float64{&tt.want.ARI, &tt.want.NMI, &tt.want.MemberJaccard, &tt.want.EntitlementJaccard, &tt.want.Assigned} {
				*x = math.Round(*x*1e6) / 1e6
			}
			if diff := cmp.Diff(tt.want, tt.truth.Score(tt.found, tt.scope, tt.least)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The names of the scores in JSON are those of scripts.
func TestScoresAsJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(truth.Scores{ARI: 0.5, NMI: 0.25, MemberJaccard: 1, EntitlementJaccard: 0.75, Assigned: 0.5, Found: 3, Planted: 4})
	want := `{"ari":0.5,"nmi":0.25,"memberJaccard":1,"entitlementJaccard":0.75,"assigned":0.5,"found":3,"planted":4}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// Renaming what was found, and listing it in another order, changes nothing.
func TestScoreDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	all := planted(map[string]int{"a": 7, "b": 5, "c": 3})
	one := truth.Found{IdentityIDs: ids("a0", "a1", "a2", "a3", "b0"), Core: ids("a-x")}
	two := truth.Found{IdentityIDs: ids("b1", "b2", "b3", "c0", "stranger"), Core: ids("b-x", "b-y")}
	want := all.Score([]truth.Found{one, two}, nil, 1)
	for range 20 {
		if got := all.Score([]truth.Found{two, one}, nil, 1); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if want.ARI <= 0 || want.ARI >= 1 || want.Found != 1 {
		t.Errorf("%+v says nothing", want)
	}
}
