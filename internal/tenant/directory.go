package tenant

import (
	"context"
	"slices"
	"sync/atomic"

	"mockserver/internal/auth"
	"mockserver/internal/rolemining"
	"mockserver/internal/store"
)

// directory shows the organisation's clients and people to auth.
type directory struct {
	store *store.Store
	now   atomic.Pointer[people]
}

// people is what of a directory is kept at hand.
type people struct {
	clients map[string]auth.Client
	levels  map[string][]string // by identity id: the authorities of the clients that act for it, ascending
	admin   string              // the id of the identity that unknown clients act for, or ""
}

// read reads the directory anew out of a database.
func (d *directory) read(ctx context.Context, db *store.Store) error {
	clients, err := db.Clients(ctx)
	if err != nil {
		return err
	}
	p := &people{clients: make(map[string]auth.Client, len(clients)), levels: map[string][]string{}}
	for _, c := range clients {
		p.clients[c.ID] = auth.Client{
			ID: c.ID, Secret: c.Secret, Name: c.Name, IdentityID: c.IdentityID,
			Authorities: c.Authorities, Scopes: c.Scopes, Grants: c.Grants, RedirectURIs: c.RedirectURIs,
		}
		if c.IdentityID != "" {
			all := slices.Concat(p.levels[c.IdentityID], c.Authorities)
			slices.Sort(all)
			p.levels[c.IdentityID] = slices.Compact(all)
		}
	}
	if c := firstAdmin(clients); c != nil {
		p.admin = c.IdentityID
	}
	d.now.Store(p)
	return nil
}

// firstAdmin is the first client that acts for an administrator, nil if none
// does. One that has a secret, and so can be tried with a single request, is
// taken before one that has none.
func firstAdmin(clients []rolemining.Client) *rolemining.Client {
	var public *rolemining.Client
	for i, c := range clients {
		switch {
		case c.IdentityID == "" || !slices.Contains(c.Authorities, auth.OrgAdmin):
		case c.Secret != "":
			return &clients[i]
		case public == nil:
			public = &clients[i]
		}
	}
	return public
}

// Client implements auth.Directory.
func (d *directory) Client(id string) (auth.Client, bool) {
	c, ok := d.now.Load().clients[id]
	return c, ok
}

// User implements auth.Directory.
func (d *directory) User(idOrAlias string) (auth.User, bool) {
	x, err := d.store.User(context.Background(), idOrAlias)
	if err != nil {
		return auth.User{}, false
	}
	return auth.User{ID: x.ID, Name: x.Name, DisplayName: x.DisplayName, Levels: d.now.Load().levels[x.ID]}, true
}

// DefaultUser implements auth.Directory.
func (d *directory) DefaultUser() (auth.User, bool) {
	admin := d.now.Load().admin
	if admin == "" {
		return auth.User{}, false
	}
	return d.User(admin)
}
