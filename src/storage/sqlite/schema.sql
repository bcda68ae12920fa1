-- config.db: every record of every kind. What a kind is found by comes from records.ts; no table knows a kind by name.

CREATE TABLE records (
  position INTEGER PRIMARY KEY, -- order of creation
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

-- One row: the number that every change makes larger.
CREATE TABLE store_revision (revision INTEGER NOT NULL) STRICT;
INSERT INTO store_revision VALUES (0);
