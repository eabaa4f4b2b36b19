import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError, systemErrorCode } from '../platform/errors.ts';
import { modulePath } from '../platform/module-path.ts';
import { wantsTraces } from '../platform/tracing.ts';
import type { ConverterPaths } from './write-bundle.ts';

/** The engine's part of every bundle. */
const ownSources = ['../workflows', '../queues'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

/** Where the workflows of an application are. */
export interface WorkflowSources {
  /** The path of the module that exports all of them. */
  readonly entry: string;
  /**
   * Files, and folders of TypeScript or JavaScript, that can change the bundle; those of this package need not be named. Folders in them
   * that are named `test` cannot.
   */
  readonly sources: readonly string[];
  /** A folder for bundles, kept from one start to the next. */
  readonly cache: string;
}

/**
 * The path of a workflow bundle: the prebuilt one that is named, or one built once for these sources and kept. It is
 * built in a process of its own, so that the bundler's memory does not stay with the worker.
 */
export async function workflowBundle(
  prebuilt: string | undefined,
  { entry, sources, cache }: WorkflowSources,
  { payloadConverterPath }: ConverterPaths = {},
): Promise<string> {
  if (prebuilt !== undefined) {
    await readFile(prebuilt).catch((error: unknown) => {
      throw new SetupError(
        `WORKFLOW_BUNDLE names ${prebuilt}, which cannot be read (${systemErrorCode(error)}); ` +
          `make it with \`npm run bundle -- ${prebuilt}\``,
      );
    });
    return prebuilt;
  }
  const own = payloadConverterPath === undefined ? [] : [payloadConverterPath];
  const hash = await hashOf([entry, ...sources, ...ownSources, ...own]);
  const path = join(cache, `workflows-${hash}${wantsTraces() ? '-traced' : ''}.js`);
  const known = await access(path).then(
    () => true,
    () => false,
  );
  if (!known) await buildInChild([entry, path, ...own]);
  return path;
}

async function hashOf(sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of await filesOf(source)) hash.update(file).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(source: string): Promise<string[]> {
  if (!(await stat(source)).isDirectory()) return [source];
  const names = await readdir(source, { recursive: true });
  return names
    .filter((name) => /\.[cm]?[jt]s$/.test(name) && !dirname(name).split(sep).includes('test'))
    .sort()
    .map((name) => join(source, name));
}

async function buildInChild(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [modulePath('./bundle-child', import.meta.url), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let problem = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problem = (problem + text).slice(-4_000);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the workflow bundle could not be built: ${problem}`);
}
