import { mkdir } from 'node:fs/promises';
import { SetupError } from 'pg-switchyard';
import { servedQueues } from '../queues.ts';
import type { Settings } from '../settings.ts';
import { demoFolder, demoNames, loadDemo } from './demo.ts';
import type { Demo } from './demos/demo.ts';

/** What `npm start` shows of one queue: its demo, made ready; of invoices the conversion of PDFs. */
export type Demonstration =
  | { queue: string; demo: Demo; folder: string }
  | { queue: 'invoices'; demo?: never };

export interface Demonstrations {
  readonly all: readonly Demonstration[];
  /** All queues that they need. */
  readonly queues: readonly string[];
  /** The settings that starter and worker get. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes ready what the demos need, before anything runs.
 * @param queue its name; `all`: every queue; `undefined`: invoices
 * @throws {SetupError} for what is no queue, or has no demo
 */
export async function prepareDemonstrations(
  queue: string | undefined,
  dataDir: string,
  settings: Settings,
): Promise<Demonstrations> {
  if (queue === undefined) return { all: [{ queue: 'invoices' }], queues: settings.queues, env: {} };
  if (queue !== 'all') return combine([await prepare(queue, dataDir, settings)], settings);
  const names = (await demoNames()).filter((name) => name !== 'deployments'); // its demo is that of builds
  const prepared: Prepared[] = [];
  for (const name of names) prepared.push(await prepare(name, dataDir, settings));
  // Last what waits for its user.
  const asking = (one: Prepared) => (one.demo?.question === undefined ? 0 : 1);
  prepared.sort((a, b) => asking(a) - asking(b));
  return combine([{ queue: 'invoices', queues: ['invoices'], env: {} }, ...prepared], settings);
}

type Prepared = Demonstration & { queues: readonly string[]; env: Record<string, string> };

function combine(prepared: readonly Prepared[], settings: Settings): Demonstrations {
  const queues = prepared.flatMap((one) => one.queues);
  servedQueues({ ...settings, queues });
  const env = Object.assign({}, ...prepared.map((one) => one.env)) as Record<string, string>;
  return { all: prepared, queues, env: { ...env, QUEUES: queues.join(',') } };
}

async function prepare(queue: string, dataDir: string, settings: Settings): Promise<Prepared> {
  servedQueues({ ...settings, queues: [queue] }); // refuses what is no queue
  const demo = await loadDemo(queue);
  if (demo === undefined)
    throw new SetupError(
      `The queue "${queue}" has no demo; those with one are invoices, ${(await demoNames()).join(', ')}, or all of them: all`,
    );
  const folder = demoFolder(dataDir, queue);
  await mkdir(folder, { recursive: true });
  return { queue, demo, folder, queues: demo.queues ?? [queue], env: await demo.prepare(folder, settings) };
}
