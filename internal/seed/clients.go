package seed

import (
	"regexp"
	"slices"
	"strings"

	"mockserver/internal/rolemining"
)

var clientProps = props("clientId!", "clientSecret", "name!", "identityId", "authorities", "scopes!", "grants!", "redirectUris")

var (
	scopeForm     = regexp.MustCompile(`^[a-z][a-z0-9-]*(:[a-z0-9-]+)+$`)
	authorityForm = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

// ownScopes are those that mean something to the emulated API, by what they all
// begin with. Anything else that begins so is a slip of the pen; a scope that
// does not is one of another API, and passes.
func ownScopes() []scopeFamily {
	return []scopeFamily{
		{"sp:scope", []string{"sp:scopes:all", "sp:scopes:default"}},
		{"iai:access-model", []string{"iai:access-modeling:read", "iai:access-modeling:manage"}},
	}
}

type scopeFamily struct {
	start string
	known []string
}

func (l *loader) readClients(d *decoder) {
	l.clients = l.newIndex("client", 16)
	d.list(func(int) { l.client(d) })
}

func (l *loader) client(d *decoder) {
	var c rolemining.Client
	public := true
	known := d.object(clientProps, func(i int) {
		switch clientProps.names[i] {
		case "clientId":
			c.ID = l.clients.claim(d, "clientId", len(l.ds.Clients))
		case "clientSecret":
			c.Secret, public = d.text(), false
		case "name":
			c.Name = d.text()
		case "identityId":
			c.IdentityID = l.identityRef(d)
		case "authorities":
			d.list(func(int) { c.Authorities = append(c.Authorities, d.authority()) })
		case "scopes":
			d.list(func(int) { c.Scopes = append(c.Scopes, d.scope()) })
		case "grants":
			d.list(func(int) {
				c.Grants = append(c.Grants, d.oneOf("client_credentials", "authorization_code", "refresh_token"))
			})
		case "redirectUris":
			d.list(func(int) { c.RedirectURIs = append(c.RedirectURIs, d.address()) })
		}
	})
	if known && public && slices.Contains(c.Grants, "client_credentials") {
		d.problem("a client without a clientSecret is public, and so cannot have the grant client_credentials")
	}
	l.ds.Clients = append(l.ds.Clients, c)
}

// scope reads an OAuth scope.
func (d *decoder) scope() string {
	text := d.text()
	if strings.TrimSpace(text) == "" { // reported already
		return text
	}
	for _, own := range ownScopes() {
		if strings.HasPrefix(text, own.start) && !slices.Contains(own.known, text) {
			d.problem("there is no scope %q; did you mean %s?", text, strings.Join(own.known, " or "))
			return text
		}
	}
	if !scopeForm.MatchString(text) {
		d.problem("must be a scope like sp:scopes:all, in lower case with colons, not %q", text)
	}
	return text
}

// authority reads a user level.
func (d *decoder) authority() string {
	text := d.text()
	if strings.TrimSpace(text) != "" && !authorityForm.MatchString(text) {
		d.problem("must be a user level like ORG_ADMIN, in capitals, not %q", text)
	}
	return text
}
