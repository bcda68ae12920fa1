-- config.db: every record of every kind. What a kind is found by comes from records.ts; no table knows a kind by name.

CREATE TABLE records (
  position INTEGER PRIMARY KEY, -- order of creation; never given twice
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL,           -- JSON
  UNIQUE (kind, key)
) STRICT;

-- A page of a kind, in order of creation, without reading the pages before it.
CREATE INDEX records_in_order ON records (kind, position);

-- The values that no two records of a kind may share: one row a record and unique set.
CREATE TABLE unique_values (
  kind TEXT NOT NULL,
  fields TEXT NOT NULL,         -- names, JSON
  value TEXT NOT NULL,          -- values, JSON
  PRIMARY KEY (kind, fields, value)
) STRICT, WITHOUT ROWID;

-- The values a record is listed by. The position is part of the key: a list by value comes in order of creation too.
CREATE TABLE index_values (
  kind TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (kind, field, value, position)
) STRICT, WITHOUT ROWID;

-- One row: the number that every change of the configuration makes larger, and the last position that was given.
CREATE TABLE store_revision (revision INTEGER NOT NULL, last_position INTEGER NOT NULL) STRICT;
INSERT INTO store_revision VALUES (0, 0);

-- The record that each of the latest revisions changed: one row a revision.
CREATE TABLE changes (
  revision INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL
) STRICT;

-- What the records of a kind are filed by, and how many there are.
CREATE TABLE kinds (
  kind TEXT PRIMARY KEY,
  filed_by TEXT NOT NULL,       -- unique sets and indexes, JSON
  records INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
