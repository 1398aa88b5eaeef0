package rolemining

import (
	"context"
	"time"

	"mockserver/internal/query"
)

// Store keeps an organisation, its sessions and its potential roles. Every
// method is one transaction. An addressed object that is not there is
// ErrNotFound. Update functions may be called again if the transaction is
// retried, so they must be pure.
type Store interface {
	// Begin marks the begin of a use case in a context: writes with that are
	// refused with ErrReplaced once everything that is stored was replaced. A
	// context that is marked stays as it is.
	Begin(ctx context.Context) context.Context
	// Era counts how often everything was replaced, up to the begin that the
	// context is marked with, or up to now.
	Era(ctx context.Context) int64

	// Organisation is what there is to mine: the same one for as long as nothing
	// of it changes, and another one then.
	Organisation(ctx context.Context) (*Organisation, error)
	// Roles are the organisation's roles, provisioned ones included, by id.
	Roles(ctx context.Context) ([]Role, error)

	// CreateSession stores a session; an empty ID is given one.
	CreateSession(ctx context.Context, s Session) (Session, error)
	Session(ctx context.Context, id string) (Session, error)
	// MinedSession reads a session with its mining and its roles.
	MinedSession(ctx context.Context, id string) (MinedSession, error)
	// UpdateSession applies f to the session. surviving is how many potential
	// roles of it are kept whatever happens (PotentialRole.Kept).
	UpdateSession(ctx context.Context, id string, f func(old Session, surviving int) (SessionChange, error)) (Session, error)

	// Role reads a potential role; sessionID "" accepts that of any session.
	Role(ctx context.Context, sessionID, id string) (PotentialRole, error)
	// RoleWithOrigin reads a potential role of any session with its Origin.
	RoleWithOrigin(ctx context.Context, id string) (PotentialRole, error)
	// UpdateRole applies f to the potential role, whose Origin stays, moved.
	UpdateRole(ctx context.Context, sessionID, id string, f func(old PotentialRole) (RoleChange, error)) (PotentialRole, Session, error)

	// CreateExport stores an export; an empty ID is given one.
	CreateExport(ctx context.Context, e Export) (Export, error)
	Export(ctx context.Context, id string) (Export, error)
	// UpdateExport applies f; the bytes, where not nil, become the file.
	UpdateExport(ctx context.Context, id string, f func(old Export) (Export, []byte, error)) (Export, error)
	// ExportFile reads the bytes of a finished export.
	ExportFile(ctx context.Context, id string) ([]byte, error)

	// Due lists the background work due at now, oldest first, and when the
	// next is due after that (nil: nothing is waiting).
	Due(ctx context.Context, now time.Time) ([]Task, *time.Time, error)

	// Unfinished lists all background work, due or not, by kind, then by id;
	// parkedOnly leaves out what time will move.
	Unfinished(ctx context.Context, parkedOnly bool) ([]Task, error)

	// SessionJSON is the encoded answer for one session.
	SessionJSON(ctx context.Context, id string) ([]byte, error)
	// List answers a page of a collection. The potential role and the source that
	// it belongs to must exist; a session that does not has an empty one.
	List(ctx context.Context, l List) (Page, error)
}

// SessionChange is what becomes of a session, in one transaction.
type SessionChange struct {
	Session Session
	// Of is the organisation that the change was worked out in. When it is no
	// longer the present one, the change is ErrExchanged; nil fits in any.
	Of *Organisation
	// DropRoles removes the potential roles that are not kept, and what the
	// session's last mining went by.
	DropRoles bool
	// AddRoles are appended, in order, after those that are there. One whose id
	// is there already is left out; Session.PotentialRoleCount is then lowered
	// to what the session really has.
	AddRoles []PotentialRole
	Mining   *SessionMining // what the mining that found them went by, nil for no change
	Mail     *Mail
}

// RoleChange is what becomes of a potential role, in one transaction.
type RoleChange struct {
	Role     PotentialRole
	Of       *Organisation // as of a SessionChange
	Created  *Role         // the role that provisioning made
	Requests []AccessRequest
}

// TaskKind says what a Task moves.
type TaskKind int

// The kinds of background work.
const (
	SessionTask TaskKind = iota + 1
	ExportTask
	ProvisionTask
)

// TaskKinds are all of them.
func TaskKinds() []TaskKind { return []TaskKind{SessionTask, ExportTask, ProvisionTask} }

// String is a word for the kind.
func (k TaskKind) String() string {
	switch k {
	case SessionTask:
		return "session"
	case ExportTask:
		return "export"
	case ProvisionTask:
		return "provision"
	}
	return "unknown"
}

// Task is a piece of background work that is due.
type Task struct {
	Kind TaskKind
	ID   string
}

// List asks for a page of a collection.
type List struct {
	Kind      ListKind
	SessionID string // Summaries: "" for all sessions
	RoleID    string // for the collections inside a potential role
	SourceID  string // SourceUsage
	// IncludeCommon keeps common access in Popularities.
	IncludeCommon bool
	Query         query.Query
}

// Page is an encoded JSON array and, if Query.Count, how many there are in all.
type Page struct {
	JSON  []byte
	Total int
}
