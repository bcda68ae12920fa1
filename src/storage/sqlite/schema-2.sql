-- config.db from layout 1 to 2: positions that are never given twice, the latest changes, a count of each kind. See schema.sql.

ALTER TABLE store_revision ADD COLUMN last_position INTEGER NOT NULL DEFAULT 0;
UPDATE store_revision SET last_position = (SELECT coalesce(max(position), 0) FROM records);

CREATE TABLE changes (
  revision INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  key TEXT NOT NULL
) STRICT;

-- Empty: every kind is filed and counted anew when the store opens.
CREATE TABLE kinds (
  kind TEXT PRIMARY KEY,
  filed_by TEXT NOT NULL,
  records INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
