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
