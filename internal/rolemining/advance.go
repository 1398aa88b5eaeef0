package rolemining

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// readySteps is in how many steps the potential roles of a session become
// ready while it is POTENTIAL_ROLES_PROCESSING.
const readySteps = 4

// Due lists the background work that is due and when the next is.
func (s *Service) Due(ctx context.Context) ([]Task, *time.Time, error) {
	return s.store.Due(ctx, s.clock.Now())
}

// Advance takes one step of a piece of background work, if it is due. Work that
// was overtaken meanwhile is ErrStale, ErrNotFound or ErrReplaced, and nothing is
// lost by it.
func (s *Service) Advance(ctx context.Context, t Task) error {
	return s.advance(s.store.Begin(ctx), t, false)
}

// advance takes one step; forced takes it whether or not it is due.
func (s *Service) advance(ctx context.Context, t Task, forced bool) error {
	return s.observed(t.Kind, func() error {
		switch t.Kind {
		case SessionTask:
			return s.advanceSession(ctx, t.ID, forced)
		case ExportTask:
			return s.advanceExport(ctx, t.ID, forced)
		case ProvisionTask:
			return s.advanceProvision(ctx, t.ID, forced)
		default:
			return fmt.Errorf("no such kind of task: %d", t.Kind)
		}
	})
}

// due says whether a step may be taken now. A task can be handed over a moment
// after it was stepped by someone else, and must then rest as long as any.
func (s *Service) due(at *time.Time) bool { return at != nil && !at.After(s.clock.Now()) }

// advanceSession works out, outside of any transaction, what the session's next
// state brings, and stores it unless the session was changed meanwhile. If the
// organisation was, it works it out again.
func (s *Service) advanceSession(ctx context.Context, id string, forced bool) error {
	for {
		if err := s.tryAdvance(ctx, id, forced); !errors.Is(err, ErrExchanged) {
			return err
		}
	}
}

func (s *Service) tryAdvance(ctx context.Context, id string, forced bool) error {
	session, err := s.store.Session(ctx, id)
	if err != nil {
		return err
	}
	if session.NextAt == nil || !forced && !s.due(session.NextAt) {
		return nil
	}
	if err := s.takeStage(ctx, session); err != nil {
		// The session may be past the stages that use what this one kept: it was
		// changed, or went on by somebody else's step.
		s.forget(ctx, id, session.Epoch)
		return err
	}
	s.nudge()
	return nil
}

// takeStage moves a session from one state to the next.
func (s *Service) takeStage(ctx context.Context, session Session) error {
	work, err := s.nextStage(ctx, session)
	if err != nil {
		return fmt.Errorf("session %s in state %s: %w", session.ID, session.State, err)
	}
	return s.inOrder(func() error {
		next, err := s.store.UpdateSession(ctx, session.ID, func(old Session, surviving int) (SessionChange, error) {
			if old.Epoch != session.Epoch || old.State != session.State {
				return SessionChange{}, ErrStale
			}
			return work(old, surviving)
		})
		if err == nil {
			s.entered(ctx, Task{SessionTask, session.ID}, session.ID, "", string(session.State), string(next.State))
		}
		return err
	})
}

// stage turns a session into its next state, purely.
type stage func(old Session, surviving int) (SessionChange, error)

func (s *Service) nextStage(ctx context.Context, session Session) (stage, error) {
	switch session.State {
	case SessionCreated, SessionUpdated:
		return s.obtainIdentities(ctx, session)
	case IdentitiesObtained:
		return s.prescribeThreshold(ctx, session)
	case PruneThresholdObtained:
		return s.presentRoles(ctx, session)
	case PotentialRolesProcessing:
		return s.finishRoles(ctx, session)
	default:
		return nil, fmt.Errorf("state %s has no next one", session.State)
	}
}

// enter moves a session on and sets when it moves again. shares is in how many
// parts the rest in the new state is divided.
func (s *Service) enter(session Session, on Event, shares int) (Session, error) {
	to, err := step(sessionTransitions[:], session.State, on)
	if err != nil {
		return session, err
	}
	session.State, session.ModifiedAt, session.NextAt = to, s.now(), s.dueAt(session.ID, string(to), shares)
	if to == PotentialRolesCreated {
		session.NextAt = nil
	}
	return session, nil
}

func (s *Service) obtainIdentities(ctx context.Context, session Session) (stage, error) {
	w, err := s.organisation(ctx)
	if err != nil {
		return nil, err
	}
	members, err := s.scope(ctx, session, w)
	if err != nil {
		return nil, err
	}
	return func(old Session, _ int) (SessionChange, error) {
		next, err := s.enter(old, ScopeResolved, 1)
		next.IdentityCount = len(members)
		return SessionChange{Session: next, Of: w.Organisation}, err
	}, nil
}

func (s *Service) prescribeThreshold(ctx context.Context, session Session) (stage, error) {
	mined, err := s.mine(ctx, session)
	if err != nil {
		return nil, err
	}
	return func(old Session, _ int) (SessionChange, error) {
		next, err := s.enter(old, ThresholdPrescribed, 1)
		next.PrescribedPruneThreshold = mined.prescribed
		return SessionChange{Session: next, Of: mined.world.Organisation}, err
	}, nil
}

// presentRoles stores all the potential roles at once, none of them ready yet,
// and with them the scope and the threshold prescribed by the mining that found
// them, which was not that of the states before if the organisation is another.
func (s *Service) presentRoles(ctx context.Context, session Session) (stage, error) {
	mined, err := s.mine(ctx, session)
	if err != nil {
		return nil, err
	}
	s.forget(ctx, session.ID, session.Epoch)
	roles, now := mined.roles, s.now()
	for i := range roles {
		roles[i].CreatedAt, roles[i].ModifiedAt = now, now
	}
	return func(old Session, surviving int) (SessionChange, error) {
		next, err := s.enter(old, RolesMined, readySteps)
		next.PrescribedPruneThreshold, next.IdentityCount = mined.prescribed, len(mined.scope)
		next.PotentialRoleCount, next.PotentialRolesReadyCount = surviving+len(roles), surviving
		return SessionChange{Session: next, Of: mined.world.Organisation, DropRoles: true, AddRoles: roles, Mining: &mined.mining}, err
	}, nil
}

// finishRoles makes a share of the potential roles ready, and with the last of
// them ends the session. However few there are it takes all its steps, so that
// the state is seen as long as the others.
func (s *Service) finishRoles(ctx context.Context, session Session) (stage, error) {
	mail, err := s.doneMail(ctx, session)
	if err != nil {
		return nil, err
	}
	return func(old Session, _ int) (SessionChange, error) {
		if taken := old.ReadyStep + 1; taken < readySteps {
			next, err := s.enter(old, SomeRolesReady, readySteps)
			next.ReadyStep = taken
			next.PotentialRolesReadyCount = max(old.PotentialRolesReadyCount, old.PotentialRoleCount*taken/readySteps)
			return SessionChange{Session: next}, err
		}
		next, err := s.enter(old, AllRolesReady, 1)
		next.ReadyStep, next.PotentialRolesReadyCount = 0, old.PotentialRoleCount
		return SessionChange{Session: next, Mail: mail}, err
	}, nil
}

// doneMail tells the recipient, if the session has one, that it is through.
func (s *Service) doneMail(ctx context.Context, session Session) (*Mail, error) {
	if session.EmailRecipientID == nil {
		return nil, nil
	}
	w, err := s.organisation(ctx)
	if err != nil {
		return nil, err
	}
	i, ok := w.Identities.Find(*session.EmailRecipientID)
	if !ok {
		return nil, nil // no longer in the organisation: nobody to tell
	}
	title := valueOr(session.Name, "Role mining session "+session.ID)
	return &Mail{
		ID:          derivedID(session.ID, fmt.Sprintf("mail|%d", session.Epoch)),
		SessionID:   session.ID,
		RecipientID: w.Identities.ID(i),
		Address:     w.Identities.Email(i),
		Subject:     title + " is complete",
		Text: fmt.Sprintf("%s, your role mining session is complete: %d potential roles were found among %d identities.",
			w.Identities.DisplayName(i), session.PotentialRoleCount, session.IdentityCount),
		CreatedAt: s.now(),
	}, nil
}
