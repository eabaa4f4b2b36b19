-- Up Migration
-- The tokens that callers of the API show.
--
-- Only a hash is kept. A token is 256 random bits, so there is nothing to guess and no word list to try: plain SHA-256 is
-- enough where a password would need a slow hash.

CREATE TABLE switchyard.api_tokens (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text        NOT NULL,
  token_hash   bytea       NOT NULL,
  scopes       text[]      NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz,

  CONSTRAINT api_tokens_name_unique UNIQUE (name),
  CONSTRAINT api_tokens_hash_unique UNIQUE (token_hash),
  CONSTRAINT api_tokens_name_is_short CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$'),
  CONSTRAINT api_tokens_hash_is_sha256 CHECK (octet_length(token_hash) = 32),
  CONSTRAINT api_tokens_scopes_known CHECK (
    cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'write', 'operate']
  )
);

COMMENT ON TABLE switchyard.api_tokens IS 'As long as it has rows, also revoked or expired ones, the API asks for a token';
COMMENT ON COLUMN switchyard.api_tokens.token_hash IS 'SHA-256 of the token; the token itself is shown once and kept nowhere';
COMMENT ON COLUMN switchyard.api_tokens.last_used_at IS 'To the hour';
