-- logs.db: one row for all that was committed at one moment, so that a log entry costs next to nothing to write.

CREATE TABLE commits (
  sequence INTEGER PRIMARY KEY,  -- of its first event; the others follow without a gap
  committed_at INTEGER NOT NULL, -- milliseconds since the epoch; never smaller than in the row before
  events TEXT NOT NULL,          -- JSON, one event a line
  executions TEXT NOT NULL       -- JSON, one record a line
) STRICT;

-- Which commit holds an execution's record.
CREATE TABLE executions (
  id TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
