package handlers

import (
	"strconv"

	"mockserver/internal/rolemining"
)

// list answers a page of a collection. The total goes into a header, and only
// when it is asked for.
func (a *API) list(c *call, l rolemining.List) (*answer, error) {
	var err error
	if l.Query, err = l.Kind.Schema().Parse(c.query); err != nil {
		return nil, err
	}
	page, err := a.service.List(c.Context(), l)
	if err != nil {
		return nil, err
	}
	got := &answer{body: page.JSON}
	if l.Query.Count {
		got.header = map[string]string{"X-Total-Count": strconv.Itoa(page.Total)}
	}
	return got, nil
}

// listIn answers a page of a collection inside a potential role.
func (a *API) listIn(c *call, kind rolemining.ListKind) (*answer, error) {
	return a.list(c, rolemining.List{Kind: kind, SessionID: c.sessionID(), RoleID: c.roleID()})
}

func listSessionSummaries(a *API, c *call) (*answer, error) {
	return a.list(c, rolemining.List{Kind: rolemining.SessionSummaries, SessionID: c.sessionID()})
}

func listAllSummaries(a *API, c *call) (*answer, error) {
	return a.list(c, rolemining.List{Kind: rolemining.AllSummaries})
}

func listSaved(a *API, c *call) (*answer, error) {
	return a.list(c, rolemining.List{Kind: rolemining.SavedRoles})
}

func listApplications(a *API, c *call) (*answer, error) {
	return a.listIn(c, rolemining.RoleApplications)
}

func listEntitlements(a *API, c *call) (*answer, error) {
	return a.listIn(c, rolemining.RoleEntitlementRefs)
}

func listExcluded(a *API, c *call) (*answer, error) { return a.listIn(c, rolemining.RoleExcluded) }

func listIdentities(a *API, c *call) (*answer, error) { return a.listIn(c, rolemining.RoleIdentities) }

func listPopularities(a *API, c *call) (*answer, error) {
	includeCommon, err := c.flag("includeCommonAccess", true)
	if err != nil {
		return nil, err
	}
	return a.list(c, rolemining.List{
		Kind: rolemining.RolePopularities, SessionID: c.sessionID(), RoleID: c.roleID(), IncludeCommon: includeCommon,
	})
}

func listSourceUsage(a *API, c *call) (*answer, error) {
	return a.list(c, rolemining.List{Kind: rolemining.SourceUsage, RoleID: c.roleID(), SourceID: c.id("sourceId")})
}
