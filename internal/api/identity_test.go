package api_test

import (
	"testing"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

func TestIdentityOf(t *testing.T) {
	t.Parallel()
	ann := rolemining.Identity{
		ID: "1", Name: "ann", DisplayName: "Ann A", Email: "ann@acme.example", ManagerID: "2",
		Attributes: map[string]string{"department": "Sales"},
	}
	for _, c := range []struct {
		identity rolemining.Identity
		manager  string
		want     string
	}{
		{ann, "Bo B", `{"id":"1","name":"Ann A","attributes":{"department":"Sales","displayName":"Ann A","email":"ann@acme.example","manager":"Bo B"}}`},
		{rolemining.Identity{ID: "3", DisplayName: "svc"}, "", `{"id":"3","name":"svc","attributes":{"displayName":"svc"}}`},
		{rolemining.Identity{ID: "4"}, "", `{"id":"4","name":"","attributes":{}}`},
	} {
		got, err := api.Encode(api.IdentityOf(c.identity, c.manager))
		if err != nil || string(got) != c.want {
			t.Errorf("%s, %v\nwant %s", got, err, c.want)
		}
	}
	if len(ann.Attributes) != 1 {
		t.Error("the identity's own attributes were changed")
	}
}
