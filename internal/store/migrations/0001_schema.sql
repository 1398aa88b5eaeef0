-- Every table has a row number n and an id of its own. A row of a thing that
-- changes keeps the domain's value as JSON in state, which is the truth; the
-- other columns are derived from it whenever it is written: what lists filter
-- and sort by (text in lower case, moments in milliseconds since 1970), and the
-- encoded answers. Moments that background work waits for are in nanoseconds.

CREATE TABLE counters (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
);

-- The organisation.

CREATE TABLE org (
  n     INTEGER PRIMARY KEY CHECK (n = 1),
  state BLOB NOT NULL
);

-- Sources, entitlements and identities have rows 1, 2, ... in ascending order of
-- id. Where others name them, packed, they name the row.

CREATE TABLE sources (
  n           INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  activity    TEXT
);

CREATE TABLE entitlements (
  n           INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  description TEXT,
  attribute   TEXT NOT NULL,
  value       TEXT NOT NULL,
  source      INTEGER NOT NULL REFERENCES sources (n)
);

-- The different values of identity attributes, which many identities share.
CREATE TABLE attribute_values (
  n     INTEGER PRIMARY KEY,
  name  TEXT NOT NULL,
  value TEXT NOT NULL
);

CREATE TABLE identities (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  alias      TEXT NOT NULL,
  login      TEXT NOT NULL, -- alias in lower case
  name       TEXT NOT NULL, -- the display name
  email      TEXT NOT NULL,
  active     INTEGER NOT NULL,
  manager    INTEGER,
  attributes BLOB NOT NULL, -- packed rows of attribute_values
  held       BLOB NOT NULL, -- packed rows of entitlements
  usage      BLOB NOT NULL  -- byte i: days of use of the source of row i+1
);
CREATE INDEX identities_login ON identities (login);

CREATE TABLE roles (
  n     INTEGER PRIMARY KEY,
  id    TEXT NOT NULL UNIQUE,
  state BLOB NOT NULL
);

CREATE TABLE access_requests (
  n     INTEGER PRIMARY KEY,
  id    TEXT NOT NULL UNIQUE,
  state BLOB NOT NULL
);

CREATE TABLE clients (
  n     INTEGER PRIMARY KEY,
  id    TEXT NOT NULL UNIQUE,
  state BLOB NOT NULL
);

CREATE TABLE outbox (
  n     INTEGER PRIMARY KEY,
  id    TEXT NOT NULL UNIQUE,
  state BLOB NOT NULL
);

-- How many rows the large tables have: to count them would take a scan.
CREATE TABLE totals (
  name TEXT PRIMARY KEY,
  n    INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO totals VALUES ('sessions', 0), ('potential_roles', 0);

-- Role mining.

CREATE TABLE sessions (
  n       INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  creator TEXT,             -- display name
  name    TEXT,
  saved   INTEGER NOT NULL,
  phase   TEXT NOT NULL,    -- the session's state
  scoping TEXT NOT NULL,
  ready   INTEGER NOT NULL, -- roles of a lower rank are obtained
  next_at INTEGER,
  doc     BLOB NOT NULL,
  params  BLOB NOT NULL,    -- the session as its potential roles show it
  state   BLOB NOT NULL,
  mining  BLOB              -- what the last mining went by, as JSON
);
-- The last two columns of an order spare a look at the row when it is filtered.
CREATE INDEX sessions_newest ON sessions (created DESC, id, saved, name);
CREATE INDEX sessions_oldest ON sessions (created, id, saved, name);
CREATE INDEX sessions_creator_up ON sessions (creator, id, saved, name);
CREATE INDEX sessions_creator_down ON sessions (creator DESC, id, saved, name);
CREATE INDEX sessions_saved ON sessions (saved);
CREATE INDEX sessions_name ON sessions (name);
CREATE INDEX sessions_phase ON sessions (phase);
CREATE INDEX sessions_scoping ON sessions (scoping);
CREATE INDEX sessions_due ON sessions (next_at) WHERE next_at IS NOT NULL;

-- What lists filter and sort potential roles by. Rows are short, so that many can
-- be looked at; what is shown of a role is in role_documents, in the same row.
CREATE TABLE potential_roles (
  n            INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  session      INTEGER NOT NULL REFERENCES sessions (n) ON DELETE CASCADE,
  rank         INTEGER NOT NULL,
  kept         INTEGER NOT NULL,
  saved        INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  modified     INTEGER NOT NULL,
  creator_id   TEXT,
  creator      TEXT,
  name         TEXT NOT NULL,
  type         TEXT NOT NULL,
  identities   INTEGER NOT NULL,
  entitlements INTEGER NOT NULL,
  density      INTEGER NOT NULL,
  freshness    INTEGER NOT NULL,
  quality      INTEGER NOT NULL,
  next_at      INTEGER,
  description  TEXT,
  UNIQUE (session, rank)
);
CREATE INDEX roles_newest ON potential_roles (created DESC, rank, id);
CREATE INDEX roles_identities ON potential_roles (identities DESC, id);
CREATE INDEX roles_entitlements ON potential_roles (entitlements DESC, id);
CREATE INDEX roles_freshness ON potential_roles (freshness DESC, id);
CREATE INDEX roles_quality ON potential_roles (quality DESC, id);
CREATE INDEX roles_name ON potential_roles (name);
CREATE INDEX roles_creator_id ON potential_roles (creator_id);
CREATE INDEX roles_creator ON potential_roles (creator);
CREATE INDEX roles_type ON potential_roles (type);
CREATE INDEX roles_saved ON potential_roles (saved);
CREATE INDEX roles_description ON potential_roles (description) WHERE description IS NOT NULL;
CREATE INDEX roles_drafts ON potential_roles (modified DESC, id, saved) WHERE saved;
CREATE INDEX roles_due ON potential_roles (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE role_documents (
  n            INTEGER PRIMARY KEY REFERENCES potential_roles (n) ON DELETE CASCADE,
  session      INTEGER NOT NULL, -- again, and the rank too, for a summary is read from here alone
  rank         INTEGER NOT NULL,
  distribution TEXT NOT NULL, -- the values of the members' attributes
  head         BLOB NOT NULL, -- the summary without what follows the session
  draft        BLOB,          -- the answer of a saved role
  state        BLOB NOT NULL, -- without the three that follow
  members      BLOB NOT NULL, -- packed rows of identities
  access       BLOB NOT NULL, -- packed: what the role says of entitlements
  origin       BLOB NOT NULL  -- how mining came to the role, as JSON; it never changes
);

CREATE TRIGGER sessions_added AFTER INSERT ON sessions
  BEGIN UPDATE totals SET n = n + 1 WHERE name = 'sessions'; END;
CREATE TRIGGER sessions_gone AFTER DELETE ON sessions
  BEGIN UPDATE totals SET n = n - 1 WHERE name = 'sessions'; END;
CREATE TRIGGER roles_added AFTER INSERT ON potential_roles
  BEGIN UPDATE totals SET n = n + 1 WHERE name = 'potential_roles'; END;
CREATE TRIGGER roles_gone AFTER DELETE ON potential_roles
  BEGIN UPDATE totals SET n = n - 1 WHERE name = 'potential_roles'; END;

CREATE TABLE exports (
  n       INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  role    INTEGER NOT NULL REFERENCES potential_roles (n) ON DELETE CASCADE,
  next_at INTEGER,
  state   BLOB NOT NULL,
  file    BLOB
);
CREATE INDEX exports_role ON exports (role);
CREATE INDEX exports_due ON exports (next_at) WHERE next_at IS NOT NULL;
