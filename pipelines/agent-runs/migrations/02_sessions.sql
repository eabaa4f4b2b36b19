-- Up Migration
-- squawk-ignore-file require-concurrent-index-creation
-- Before the first release: no database has rows yet.
-- What the page of agent runs is read by: the latest runs, and those of a session. Each index reads the table once while its
-- writers wait: a second for a million rows.

CREATE INDEX IF NOT EXISTS runs_created_idx ON ops.runs (created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS runs_session_idx ON ops.runs ((session_id::text), created_at DESC, id DESC);
