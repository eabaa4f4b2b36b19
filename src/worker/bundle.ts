import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { SetupError, systemErrorCode } from '../platform/errors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const workflowsPath = join(root, 'src/workflows/index.ts');
/** What can change the bundle. */
const sources = ['src/workflows', 'src/queues', 'package-lock.json'];

/**
 * The path of a workflow bundle: the prebuilt one that is named, or one built once for these sources and kept. It is
 * built in a process of its own, so that the bundler's memory does not stay with the worker.
 */
export async function workflowBundle(prebuilt: string | undefined): Promise<string> {
  if (prebuilt !== undefined) {
    await readFile(prebuilt).catch((error: unknown) => {
      throw new SetupError(
        `WORKFLOW_BUNDLE names ${prebuilt}, which cannot be read (${systemErrorCode(error)}); ` +
          `make it with \`npm run bundle -- ${prebuilt}\``,
      );
    });
    return prebuilt;
  }
  const path = join(root, 'node_modules/.cache/switchyard', `workflows-${await hashOfSources()}.js`);
  const known = await access(path).then(
    () => true,
    () => false,
  );
  if (!known) await buildInChild(path);
  return path;
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    const path = join(root, source);
    const files = source.endsWith('.json')
      ? [path]
      : (await readdir(path)).sort().map((name) => join(path, name));
    for (const file of files) hash.update(file.slice(root.length)).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function buildInChild(path: string): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let problem = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problem = (problem + text).slice(-4_000);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the workflow bundle could not be built: ${problem}`);
}

/** Bundles the workflows into `path`; whoever reads it sees it whole or not at all. */
export async function writeBundle(path: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath });
  const temporary = `${path}.${process.pid}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, code);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

if (import.meta.main) {
  const [, , path] = process.argv;
  if (path === undefined) throw new Error('usage: bundle.ts FILE');
  await writeBundle(path);
}
