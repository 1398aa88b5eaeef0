package api_test

import (
	"testing"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

func TestIdentityOf(t *testing.T) {
	t.Parallel()
	organisation, err := rolemining.NewOrganisation(nil, nil, []rolemining.Identity{
		{ID: "1", Name: "ann", DisplayName: "Ann A", Email: "ann@acme.example", ManagerID: "2", Attributes: map[string]string{"department": "Sales", "team": "<1>"}},
		{ID: "2", DisplayName: "Bo B"},
		{ID: "3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		`{"id":"1","name":"Ann A","attributes":{"department":"Sales","displayName":"Ann A","email":"ann@acme.example","manager":"Bo B","team":"<1>"}}`,
		`{"id":"2","name":"Bo B","attributes":{"displayName":"Bo B"}}`,
		`{"id":"3","name":"","attributes":{}}`,
	} {
		got, err := api.Encode(api.IdentityOf(organisation.Identities, i))
		if err != nil || string(got) != want {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
}
