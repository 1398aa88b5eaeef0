package rolemining

import (
	"context"
	"unicode/utf8"
)

// What a session has unless it says otherwise (docs/fidelity.md, "Sessions").
const (
	DefaultMinIdentities = 20
	MaxPruneThreshold    = 100
)

// NewSession is what a client may choose when it creates a session.
type NewSession struct {
	Name             *string
	Saved            bool
	Type             RoleType // "" is SPECIALIZED
	Scope            Scope
	PruneThreshold   *int // 0-100, nil for the prescribed one
	MinIdentities    *int // 1 to the largest int32, nil for 20
	EmailRecipientID *string
}

// CreateSession checks and stores a session and leaves it to the background to
// mine it. Its scope is read here, so that one which cannot be understood is
// refused at once.
func (s *Service) CreateSession(ctx context.Context, n NewSession, by *Actor) (Session, error) {
	ctx = s.store.Begin(ctx)
	w, err := s.organisation(ctx)
	if err != nil {
		return Session{}, err
	}
	session, err := n.session()
	if err != nil {
		return Session{}, err
	}
	if err := w.checkScope(session.Scope); err != nil {
		return Session{}, err
	}
	if id := session.EmailRecipientID; id != nil {
		if !w.knows(*id) {
			return Session{}, refuse(BadReference, "emailRecipientId", "No identity has the id %q, named in emailRecipientId.", *id)
		}
	}
	now := s.now()
	session.CreatedBy, session.CreatedAt, session.ModifiedAt = by, now, now
	pace := s.Pace()
	session.NextAt = s.dueAt("", string(session.State), 1)
	err = s.inOrder(func() (err error) {
		if session, err = s.store.CreateSession(ctx, session); err == nil {
			s.entered(ctx, Task{SessionTask, session.ID}, session.ID, "", "", string(session.State))
		}
		return err
	})
	if err != nil {
		return Session{}, err
	}
	return session, s.begun(ctx, Task{SessionTask, session.ID}, session.ID, pace)
}

// session fills in the defaults and checks the values on their own.
func (n NewSession) session() (Session, error) {
	session := Session{
		Name:             n.Name,
		Saved:            n.Saved,
		Type:             n.Type,
		ScopingMethod:    Manual,
		Scope:            n.Scope,
		PruneThreshold:   n.PruneThreshold,
		MinIdentities:    valueOr(n.MinIdentities, DefaultMinIdentities),
		EmailRecipientID: n.EmailRecipientID,
		State:            SessionCreated,
	}
	switch session.Type {
	case "":
		session.Type = Specialized
	case Specialized, Common:
	default:
		return session, refuse(IllegalValue, "type", "type must be SPECIALIZED or COMMON, not %q.", n.Type)
	}
	if t := session.PruneThreshold; t != nil && (*t < 0 || *t > MaxPruneThreshold) {
		return session, refuse(IllegalValue, "pruneThreshold", "pruneThreshold must be from 0 to %d or null, not %d.", MaxPruneThreshold, *t)
	}
	if m := session.MinIdentities; m < 1 || m > maxMinIdentities {
		return session, refuse(IllegalValue, "minNumIdentitiesInPotentialRole", "minNumIdentitiesInPotentialRole must be from 1 to %d, not %d.", maxMinIdentities, m)
	}
	return session, short("name", n.Name, maxName)
}

// short refuses a text of more than a number of characters; nil is no text.
func short(field string, text *string, most int) error {
	if text == nil || utf8.RuneCountInString(*text) <= most {
		return nil
	}
	return refuse(IllegalValue, field, "%s must have at most %d characters.", field, most)
}

// checkScope refuses what resolve would refuse, without looking at everyone.
func (w *world) checkScope(scope Scope) error {
	if _, err := w.attributeFilters(scope.AttributeFilterCriteria); err != nil {
		return err
	}
	if err := w.known(scope.IdentityIDs); err != nil {
		return err
	}
	_, err := w.search(scope.Criteria)
	return err
}
