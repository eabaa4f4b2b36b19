-- Up Migration
-- squawk-ignore-file require-concurrent-index-creation
-- Before the first release: no database has rows yet.
-- What is live where, and what was before: read by the page of environments. The index reads the table once while its writers
-- wait: a second for a million rows.

CREATE INDEX IF NOT EXISTS deployments_environment_idx ON public.deployments (environment, completed_at DESC, id DESC)
  WHERE status = 'succeeded';
