import { z } from 'zod';
import { passwordsIn, readDatabaseAddress } from '../platform/database-address.ts';
import { type Settings, setting, wholeNumber } from './setting.ts';

/** An address of Postgres: of one host, or of several of which one can be written to. */
const databaseAddress = z.string().refine((address) => readDatabaseAddress(address) !== undefined);
const wantsDatabaseAddress =
  'a postgres:// address of one host, or of several (postgres://HOST:PORT,HOST:PORT/NAME; target_session_attrs: any, read-write, primary)';

export const databaseSettings = {
  databaseUrl: {
    ...setting(
      'DATABASE_URL',
      databaseAddress.default('postgres://postgres@127.0.0.1:5432/switchyard'),
      `${wantsDatabaseAddress} (default postgres://postgres@127.0.0.1:5432/switchyard)`,
      'The database that holds the job tables; not set: POSTGRES_DSN, else TEST_DATABASE_URL',
    ),
    otherwise: ['POSTGRES_DSN', 'TEST_DATABASE_URL'],
    secret: passwordsIn,
  },
  databaseDirectUrl: {
    ...setting(
      'DATABASE_DIRECT_URL',
      databaseAddress.optional(),
      `${wantsDatabaseAddress} (not set by default)`,
      'The same database past a connection pooler, for the doorbell and for `npm run migrate`; not set: DATABASE_URL',
    ),
    secret: passwordsIn,
  },
  databasePoolSize: wholeNumber(
    'DATABASE_POOL_SIZE',
    10,
    2,
    200,
    'connections',
    'The most connections one process opens',
  ),
} satisfies Settings;
