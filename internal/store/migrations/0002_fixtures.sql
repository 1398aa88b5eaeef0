-- Names that sources and entitlements may have in fixtures beside their ids, for
-- writing fixtures out of the database. Version 1 did not keep them.

ALTER TABLE sources ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE entitlements ADD COLUMN key TEXT NOT NULL DEFAULT '';

-- The sessions as the fixtures have them; mined, they are in the table sessions.
CREATE TABLE seed_sessions (
  n     INTEGER PRIMARY KEY,
  id    TEXT NOT NULL UNIQUE,
  state BLOB NOT NULL
);

-- What a reset returns to: an image of the database without this row. A
-- database in memory keeps it outside.
CREATE TABLE baseline (
  n     INTEGER PRIMARY KEY CHECK (n = 1),
  image BLOB NOT NULL
);
