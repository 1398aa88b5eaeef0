package handlers

import (
	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// createSession reads RoleMiningSessionDto. What the server computes is ignored
// when a client sends it, as generated clients do.
func createSession(a *API, c *call) (*answer, error) {
	body, err := readObject(c.Request, false)
	if err != nil {
		return nil, err
	}
	scope := body.object("scope")
	session := rolemining.NewSession{
		Name: body.text("name"),
		Scope: rolemining.Scope{
			IdentityIDs:             scope.texts("identityIds"),
			Criteria:                scope.text("criteria"),
			AttributeFilterCriteria: scope.objects("attributeFilterCriteria"),
		},
		PruneThreshold:   body.whole("pruneThreshold"),
		MinIdentities:    body.whole("minNumIdentitiesInPotentialRole"),
		EmailRecipientID: body.text("emailRecipientId"),
	}
	if saved := body.boolean("saved"); saved != nil {
		session.Saved = *saved
	}
	if kind := body.text("type"); kind != nil {
		if session.Type = rolemining.RoleType(*kind); *kind == "" {
			body.fail("type", "must be SPECIALIZED or COMMON")
		}
	}
	if err := body.failed(); err != nil {
		return nil, err
	}
	created, err := a.service.CreateSession(c.Context(), session, c.actor())
	if err != nil {
		return nil, err
	}
	return encoded(api.SessionOf(created))
}

func listSessions(a *API, c *call) (*answer, error) {
	return a.list(c, rolemining.List{Kind: rolemining.SessionList})
}

func getSession(a *API, c *call) (*answer, error) {
	body, err := a.service.SessionJSON(c.Context(), c.sessionID())
	return &answer{body: body}, err
}

func getSessionStatus(a *API, c *call) (*answer, error) {
	session, err := a.service.Session(c.Context(), c.sessionID())
	if err != nil {
		return nil, err
	}
	return encoded(api.Status{State: session.State})
}

// patchSession answers 202 with an empty object: the mining it may have asked
// for goes on in the background.
func patchSession(a *API, c *call) (*answer, error) {
	body, err := readBody(c.Request, mediaPatch)
	if err != nil {
		return nil, err
	}
	if _, err := a.service.PatchSession(c.Context(), c.sessionID(), body); err != nil {
		return nil, err
	}
	return encoded(struct{}{})
}
