import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createPool, type Pool, sleep } from 'pg-switchyard';
import { systemErrorCode } from 'pg-switchyard/errors';
import { ChangedRows } from './changes.ts';
import type { Demo } from './demos/demo.ts';
import { DemoQuestions } from './questions.ts';

const lookEveryMs = 300;

/** The folder that a demo may fill, of its own. */
export const demoFolder = (dataDir: string, queue: string): string => join(dataDir, 'demos', queue);

/** The queues that have one. */
export async function demoNames(): Promise<string[]> {
  const files = await readdir(new URL('demos/', import.meta.url));
  return files
    .filter((file) => file !== 'demo.ts')
    .map((file) => basename(file, '.ts'))
    .sort();
}

/** `undefined`: the queue has none. */
export async function loadDemo(queue: string): Promise<Demo | undefined> {
  try {
    const { demo } = (await import(`./demos/${queue}.ts`)) as { demo: Demo };
    return demo;
  } catch (error) {
    if (systemErrorCode(error) === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Puts the demo's work in and shows how it goes. Answers whether all of it came out well. */
export async function showDemo(options: {
  demo: Demo;
  folder: string;
  databaseUrl: string;
  /** The address of the page. */
  page: string;
  /** Whether somebody may answer what the demo asks. */
  nobodyThere: boolean;
  print: (text: string) => void;
  signal: AbortSignal;
}): Promise<boolean> {
  const { demo, folder, print } = options;
  const pool = createPool({
    connectionString: options.databaseUrl,
    applicationName: 'switchyard demo',
    max: 1,
    onError: () => undefined,
  });
  try {
    for (const statement of demo.inserts(folder)) {
      print(statement);
      await pool.query(statement);
    }
    const failed = await untilDone(pool, options);
    if (failed === undefined) return false;
    for (const line of await demo.after(folder, pool)) print(line);
    return failed === 0;
  } finally {
    await pool.end();
  }
}

/** How many jobs failed; `undefined` when the signal came first. */
async function untilDone(pool: Pool, options: Parameters<typeof showDemo>[0]): Promise<number | undefined> {
  const { demo, print, signal } = options;
  const questions = demo.question && new DemoQuestions(demo.question, options);
  const changed = new ChangedRows();
  print('');
  while (!signal.aborted) {
    const [progress, rows] = [await pool.query(demo.progress), (await pool.query(demo.watch)).rows];
    for (const line of changed.linesFor(rows)) print(line);
    const { pending, failed } = progress.rows[0] as { pending: unknown; failed: unknown };
    if (Number(pending) === 0) return Number(failed);
    if ((await questions?.look(pool)) === 'too late') return Number(failed);
    await sleep(lookEveryMs, signal);
  }
  return undefined;
}
