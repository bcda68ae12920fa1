-- logs.db from layout 1 to 2: counts by day, and the places of readers. See log-schema.sql.

CREATE TABLE day_counts (
  day TEXT NOT NULL,
  type TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, type)
) STRICT, WITHOUT ROWID;

-- A line of JSON holds no line break: the lines of a row, joined by commas, are one list.
INSERT INTO day_counts
  SELECT substr(entry.value ->> 'date', 1, 10), entry.value ->> 'type', count(*)
  FROM commits, json_each('[' || replace(rtrim(events, char(10)), char(10), ',') || ']') AS entry
  GROUP BY 1, 2;

CREATE TABLE places (
  reader TEXT PRIMARY KEY,
  place TEXT NOT NULL
) STRICT, WITHOUT ROWID;
