-- What a reset returns to: an image of the database without this row. A
-- database in memory keeps it outside.

CREATE TABLE baseline (
  n     INTEGER PRIMARY KEY CHECK (n = 1),
  image BLOB NOT NULL
);
