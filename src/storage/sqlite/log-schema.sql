-- logs.db: one row for all that was committed at one moment, so that a log entry costs next to nothing to write.

CREATE TABLE commits (
  sequence INTEGER PRIMARY KEY,  -- of its first event; the others follow without a gap
  committed_at INTEGER NOT NULL, -- milliseconds since the epoch; never smaller than in the row before
  events TEXT NOT NULL,          -- JSON, one event a line
  executions TEXT NOT NULL       -- JSON, one record a line
) STRICT;

-- Which executions a commit holds: the first eight characters of each id, after a space. Appended to and scanned, newest first: an index over
-- random ids would cost every token more than all else that is written, for a look-up that a person makes now and then.
CREATE TABLE execution_ids (
  sequence INTEGER PRIMARY KEY,  -- of the commit
  prefixes TEXT NOT NULL
) STRICT;

-- How many entries of a type carry a date of that day (UTC).
CREATE TABLE day_counts (
  day TEXT NOT NULL,             -- YYYY-MM-DD
  type TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, type)
) STRICT, WITHOUT ROWID;

-- How far each reader of the log has come, by the reader's name.
CREATE TABLE places (
  reader TEXT PRIMARY KEY,
  place TEXT NOT NULL            -- JSON
) STRICT, WITHOUT ROWID;
