// Writes the OpenAPI document of all routes as types, for the page and other programs in TypeScript: `npm run api-types`.
import { writeFile } from 'node:fs/promises';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { pino } from 'pino';
import { apiPlugins } from '../server/roles/api.ts';
import { createApi } from '../src/api/api.ts';
import { KnownTokens } from '../src/api/known-tokens.ts';
import { createPool } from '../src/platform/database.ts';

export const apiTypesFile = new URL('../web/src/api/openapi.d.ts', import.meta.url);

const head = '// Written by `npm run api-types` from the schemas of the routes.\n\n';

/** The OpenAPI document of the API with all that the server composes. Nothing is connected to. */
export async function openApiDocument(): Promise<OpenAPI3> {
  const log = pino({ level: 'silent' });
  const pool = createPool({
    connectionString: 'postgres://localhost',
    applicationName: 'api types',
    max: 1,
    onError: () => undefined,
  });
  const folders = { uploadRoot: '', resultRoot: '', mappingsDir: '', buildRoot: '' };
  const app = await createApi({
    settings: { apiHost: '127.0.0.1' },
    queues: [],
    plugins: apiPlugins({ ...folders, maxUploadBytes: 0, gatewayUrl: '', gatewayTimeoutMs: 1 }),
    pool,
    tokens: new KnownTokens(pool),
    log,
    examine: async () => [],
  });
  await app.ready();
  const document = app.swagger() as unknown as OpenAPI3;
  await app.close();
  await pool.end();
  return document;
}

export const apiTypes = async (): Promise<string> =>
  head + astToString(await openapiTS(await openApiDocument()));

if (import.meta.main) await writeFile(apiTypesFile, await apiTypes());
