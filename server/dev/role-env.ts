import { join } from 'node:path';

/**
 * The environment of the roles: the caller's own, and where the parts of this stack are. With a Temporal server of ours,
 * a profile that was made for another (its TLS, its API key) is left out.
 */
export function roleEnv(options: {
  env: NodeJS.ProcessEnv;
  dataDir: string;
  databaseUrl: string;
  /** Postgres is of this stack too: an address of another one is left out. */
  ownPostgres?: boolean;
  temporalAddress: string;
  /** An empty configuration file in place of the user's own; `undefined` when Temporal runs elsewhere. */
  noProfileFile: string | undefined;
}): NodeJS.ProcessEnv {
  const { env, dataDir, noProfileFile } = options;
  const kept = Object.entries(env).filter(
    ([name]) =>
      (noProfileFile === undefined || !name.startsWith('TEMPORAL_')) &&
      (options.ownPostgres !== true || name !== 'DATABASE_DIRECT_URL'),
  );
  return {
    ...Object.fromEntries(kept),
    ...(noProfileFile !== undefined && { TEMPORAL_CONFIG_FILE: noProfileFile }),
    DATABASE_URL: options.databaseUrl,
    TEMPORAL_ADDRESS: options.temporalAddress,
    UPLOAD_ROOT: join(dataDir, 'uploads'),
    RESULT_ROOT: dataDir,
    STAGING_ROOT: join(dataDir, 'staging'),
    LOG_FORMAT: 'json',
  };
}
