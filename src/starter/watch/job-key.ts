import type { Client } from '@temporalio/client';
import { Slots } from '../../platform/slots.ts';
import { isIdOf, type QueueDefinition } from '../../queues/definition.ts';
import { decodePayload } from '../payloads.ts';
import { memoFields } from '../watched-memo.ts';
import type { WatchedRow } from './row.ts';
import type { Memo } from './runs.ts';

/** Which attempt of which job a workflow was started for. See watched-memo.ts. */
export interface JobKey {
  id: string;
  attempt: number;
  /** When its row was created, which tells it from an earlier one with its id; `undefined`: it does not say. */
  row: string | undefined;
}

interface MemoRun {
  workflowId: string;
  runId: string;
  memo: Memo;
}

const mostRemembered = 10_000;
/** A codec may be a server. */
const decodedAtOnce = 20;

/** Whether a workflow was started for this row, at some attempt. */
export const isOf = (row: WatchedRow, key: JobKey | undefined): boolean =>
  key !== undefined && key.id === row.id && (key.row === undefined || key.row === row.created_at);

/** Reads in the memos of workflows which jobs of the queue they work for, and remembers it of those read last. */
export class JobKeys {
  readonly #client: Client;
  readonly #queue: QueueDefinition;
  readonly #known = new Map<string, JobKey | undefined>();
  readonly #slots = new Slots(decodedAtOnce);

  constructor(client: Client, queue: QueueDefinition) {
    this.#client = client;
    this.#queue = queue;
  }

  ofAll(runs: readonly MemoRun[]): Promise<(JobKey | undefined)[]> {
    return Promise.all(runs.map((run) => this.of(run)));
  }

  /** `undefined`: it works for none of the queue, or for one of another database. */
  async of(run: MemoRun): Promise<JobKey | undefined> {
    if (run.memo[memoFields.job] == null) return undefined;
    if (this.#known.has(run.runId)) return this.#known.get(run.runId);
    const key = await this.#slots.run(() => this.#read(run)).catch(() => 'unread' as const);
    if (key === 'unread') return undefined; // of somebody else's codec, or ours is away
    this.#known.set(run.runId, key);
    const [longestAgo] = this.#known.keys();
    if (this.#known.size > mostRemembered && longestAgo !== undefined) this.#known.delete(longestAgo);
    return key;
  }

  async #read({ workflowId, memo }: MemoRun): Promise<JobKey | undefined> {
    const [job, database, row] = await Promise.all(
      [memoFields.job, memoFields.database, memoFields.row].map(async (name) => {
        const payload = memo[name];
        return payload == null ? undefined : decodePayload(this.#client, workflowId, payload);
      }),
    );
    if (database !== this.#queue.database || typeof job !== 'string') return undefined;
    const key = keyIn(this.#queue, job);
    return key && { ...key, row: typeof row === 'string' ? row : undefined };
  }
}

function keyIn(queue: QueueDefinition, text: string): Omit<JobKey, 'row'> | undefined {
  const prefix = `${queue.name}/`;
  const end = text.lastIndexOf('/');
  const id = text.slice(prefix.length, end);
  const attempt = text.slice(end + 1);
  if (!text.startsWith(prefix) || !/^\d{1,10}$/.test(attempt) || !isIdOf(queue, id)) return undefined;
  return { id, attempt: Number(attempt) };
}
