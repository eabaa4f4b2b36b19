import type { Client } from '@temporalio/client';
import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import type { Logger } from '../platform/logging.ts';
import { signalsSent } from '../platform/metrics.ts';
import { eachSideBySide } from '../platform/side-by-side.ts';
import { isIdOf, labelOf, type QueueDefinition, workflowIdOf } from '../queues/definition.ts';
import { type SignalRowStatements, signalRowStatements } from '../sql/signal-rows.ts';
import { type Delivery, deliver, type SignaledJob, type SignalRow } from './signal-delivery.ts';
import { shortened } from './start-options.ts';

/** How many jobs get a signal in one transaction, and how many of them at a time. */
const batch = 100;
const atATime = 20;
/** Well under the idle-in-transaction limit of the connection that holds the rows. */
const deadlineMs = 5_000;
/** So many signals of one job are delivered before anything else has its turn. */
const mostRounds = 20;
/** How long a job is left alone whose signal Temporal did not take. */
const againMs = 5_000;
const mostWords = 500;

export interface SignalRowCounts {
  delivered: number;
  failed: number;
  /** In how many milliseconds there is something to do again; `undefined`: when somebody rings. */
  againInMs: number | undefined;
}

/**
 * Delivers the signals of one queue's rows: in their order for each job, each once, by one starter at a time. A signal is held while its
 * job waits, and fails with its job.
 */
export class SignalRows {
  readonly #options: { pool: Pool; client: Client; queue: QueueDefinition; log: Logger };
  readonly #statements: SignalRowStatements;
  /** Jobs that are left alone until then. */
  readonly #leftUntil = new Map<string, number>();

  constructor(options: { pool: Pool; client: Client; queue: QueueDefinition; log: Logger }) {
    this.#options = options;
    this.#statements = signalRowStatements(options.queue);
  }

  #count(deliveries: readonly { kind: string }[]): void {
    for (const { kind: outcome } of deliveries)
      if (outcome === 'delivered' || outcome === 'failed')
        signalsSent.inc({ queue: labelOf(this.#options.queue), outcome });
  }

  /** One pass. Throws when Postgres is away. */
  async runOnce(): Promise<SignalRowCounts> {
    const counts: SignalRowCounts = { delivered: 0, failed: 0, againInMs: undefined };
    const { rows } = await this.#options.pool.query<{ waits: boolean }>(this.#statements.any);
    if (rows[0]?.waits !== true) return counts;
    for (let round = 0; round < mostRounds; round++) {
      const deliveries = await this.#deliverNext();
      counts.delivered += deliveries.filter(({ kind }) => kind === 'delivered').length;
      counts.failed += deliveries.filter(({ kind }) => kind === 'failed').length;
      this.#count(deliveries);
      if (deliveries.every(({ kind }) => kind === 'left')) {
        counts.againInMs = this.#nextInMs();
        return counts;
      }
    }
    return { ...counts, againInMs: 0 };
  }

  /** The next signal of each job. */
  async #deliverNext(): Promise<Delivery[]> {
    const { pool } = this.#options;
    const values = [batch, this.#leftAlone()];
    await pool.query(this.#statements.aim, values);
    return inTransaction(pool, async (tx) => {
      const { rows: signals } = await tx.query<SignalRow>(this.#statements.lock, values);
      if (signals.length === 0) return [];
      const deliveries = await this.#deliver(signals, await this.#jobsOf(tx, signals));
      await this.#settle(tx, signals, deliveries);
      return signals.flatMap(({ id }) => deliveries.get(id) ?? []);
    });
  }

  async #jobsOf(tx: PoolClient, signals: readonly SignalRow[]): Promise<Map<string, SignaledJob>> {
    const { queue } = this.#options;
    const ids = signals.map((signal) => signal.job_id).filter((id) => isIdOf(queue, id));
    const { rows } = await tx.query<{
      id: string;
      run_id: string | null;
      workflow_id: string | null;
      state: SignaledJob['state'];
    }>(this.#statements.jobs, [ids]);
    return new Map(
      rows.map(({ id, run_id: runId, workflow_id: named, state }) => [
        id,
        { workflowId: named ?? workflowIdOf(queue, id), runId, state },
      ]),
    );
  }

  async #deliver(
    signals: readonly SignalRow[],
    jobs: ReadonlyMap<string, SignaledJob>,
  ): Promise<Map<string, Delivery>> {
    const { client } = this.#options;
    const deliveries = new Map<string, Delivery>();
    const storeUntil = AbortSignal.timeout(deadlineMs);
    await client.withDeadline(Date.now() + deadlineMs, () =>
      eachSideBySide(signals, atATime, async (signal) => {
        const delivery = await deliver(client, signal, jobs.get(signal.job_id), storeUntil);
        this.#report(signal, delivery);
        deliveries.set(signal.id, delivery);
      }),
    );
    return deliveries;
  }

  #report({ id, job_id: jobId, name }: SignalRow, delivery: Delivery): void {
    const { log, queue } = this.#options;
    const fields = { queue: queue.name, jobId, signal: shortened(name), signalId: id };
    if (delivery.kind === 'delivered') log.info(fields, 'the job is told a signal');
    else if (delivery.kind === 'failed')
      log.warn({ ...fields, why: delivery.why }, 'a signal of the job failed');
    else if (delivery.kind === 'left') {
      this.#leftUntil.set(jobId, Date.now() + againMs);
      log.warn({ ...fields, err: delivery.error }, 'Temporal did not take a signal of the job; trying again');
    }
  }

  async #settle(
    tx: PoolClient,
    signals: readonly SignalRow[],
    deliveries: ReadonlyMap<string, Delivery>,
  ): Promise<void> {
    const settled = signals.flatMap((signal) => {
      const delivery = deliveries.get(signal.id);
      return delivery === undefined || delivery.kind === 'left' ? [] : [{ signal, delivery }];
    });
    await tx.query(this.#statements.settle, [
      settled.map(({ signal }) => signal.id),
      settled.map(({ delivery }) => (delivery.kind === 'aimed' ? 'waiting' : delivery.kind)),
      settled.map(({ signal, delivery }) => (delivery.kind === 'aimed' ? delivery.runId : signal.run_id)),
      settled.map(({ delivery }) => whyOf(delivery)),
    ]);
    const failed = settled.filter(({ delivery }) => delivery.kind === 'failed');
    if (failed.length === 0) return;
    await tx.query(this.#statements.noteFailed, [
      failed.map(({ signal }) => signal.job_id),
      failed.map(({ signal }) => signal.run_id),
      failed.map(
        ({ signal, delivery }) =>
          `the signal ${shortened(signal.name)} (${signal.id}) was not delivered: ${whyOf(delivery)}`,
      ),
    ]);
  }

  #leftAlone(): string[] {
    const now = Date.now();
    for (const [jobId, until] of this.#leftUntil) if (until <= now) this.#leftUntil.delete(jobId);
    return [...this.#leftUntil.keys()];
  }

  #nextInMs(now = Date.now()): number | undefined {
    const next = Math.min(...this.#leftUntil.values());
    return Number.isFinite(next) ? Math.max(next - now, 0) : undefined;
  }
}

const whyOf = (delivery: Delivery): string | null =>
  delivery.kind === 'failed' ? delivery.why.replaceAll('\0', '').slice(0, mostWords) : null;
