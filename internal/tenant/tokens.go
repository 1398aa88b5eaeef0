package tenant

import (
	"context"

	"mockserver/internal/auth"
)

// Forge makes a token for a test (auth.Authority.Forge). An order that names no
// client is for that of Credentials.
func (t *Tenant) Forge(ctx context.Context, o auth.ForgeOrder) (auth.Forged, error) {
	if o.ClientID == "" {
		id, _, err := t.Credentials(ctx)
		if err != nil {
			return auth.Forged{}, err
		}
		o.ClientID = id
	}
	return t.auth.Forge(o)
}
