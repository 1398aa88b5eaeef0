package tenant

import (
	"context"

	"mockserver/internal/rolemining"
)

// Outbox is the mail that the real service would have sent, oldest first.
func (t *Tenant) Outbox(ctx context.Context) ([]rolemining.Mail, error) { return t.store.Outbox(ctx) }

// ClearOutbox forgets all mail.
func (t *Tenant) ClearOutbox(ctx context.Context) error { return t.store.ClearOutbox(ctx) }

// Roles are the roles that exist, provisioned ones included, by id.
func (t *Tenant) Roles(ctx context.Context) ([]rolemining.Role, error) { return t.store.Roles(ctx) }

// AccessRequests are the requests that provisioning made, oldest first.
func (t *Tenant) AccessRequests(ctx context.Context) ([]rolemining.AccessRequest, error) {
	return t.store.AccessRequests(ctx)
}
