import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { isDatabaseError, sentenceOf } from '../../platform/database-errors.ts';
import { reasonOf } from '../../platform/errors.ts';
import { refusalOf } from '../../platform/temporal.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import type { Finding } from '../views.ts';
import type { Check, CheckContext } from './check.ts';
import { found } from './codes.ts';
import { spanOf } from './duration.ts';
import { queuesOff } from './off.ts';
import { inspectQueues } from './queues.ts';
import { within } from './within.ts';

/** Makes checks, each within its time, and keeps what they find. */
export class Run {
  readonly findings: Finding[] = [];
  made = 0;
  #context: CheckContext;
  readonly #endsAt: number;

  constructor(context: CheckContext, endsAt: number) {
    this.#context = context;
    this.#endsAt = endsAt;
  }

  /** Answers whether it was made and found nothing. */
  async make(check: Check): Promise<boolean> {
    try {
      const found = await this.#find(check);
      this.findings.push(...found);
      this.made += 1;
      return found.length === 0;
    } catch (error) {
      this.findings.push(notMade(check.name, error));
      return false;
    }
  }

  /** Reads the registry, for the checks that go by it. */
  readQueues(known: readonly QueueDefinition[]): Promise<boolean> {
    return this.make({
      name: 'the registry of queues',
      needs: ['schema'],
      find: async ({ pool, settings }) => {
        const queues = await inspectQueues(pool, known, settings);
        let off: Promise<Set<string>> | undefined;
        this.#context = {
          ...this.#context,
          queues,
          queuesOff: () => (off ??= queuesOff(pool, queues, settings.doorbell === 'on')),
        };
        return [];
      },
    });
  }

  #find(check: Check): Promise<readonly Finding[]> {
    const { client, limits } = this.#context;
    const left = Math.min(limits.checkMs, this.#endsAt - performance.now());
    const late = () => new Error(`no answer within ${spanOf(limits.checkMs)}`);
    if (left <= 0) throw new Error(`all checks took longer than ${spanOf(limits.allMs)}`);
    const find = () => check.find(this.#context);
    if (!check.needs.includes('temporal')) return within(left, find(), late);
    const deadline = Date.now() + left;
    const ask = () => client.withDeadline(deadline, find);
    return within(
      left,
      ask().catch(async (error: unknown) => ((await mayPass(error)) ? ask() : Promise.reject(error))),
      late,
    );
  }
}

const askAgainMs = 200;

/** Temporal refuses now and then what it answers a moment later: it is asked once more. */
async function mayPass(error: unknown): Promise<boolean> {
  if (!(error instanceof ServiceError) && !isGrpcServiceError(error)) return false;
  await sleep(askAgainMs);
  return true;
}

/** A right that is missing is granted as a whole by the group that may read everything. */
function notMade(name: string, error: unknown): Finding {
  const lacksRight = isDatabaseError(error) && error.code === '42501';
  const why = isDatabaseError(error)
    ? sentenceOf(error)
    : error instanceof Error
      ? refusalOf(error)
      : reasonOf(error);
  const wayOut = lacksRight
    ? 'Run doctor as a role that is a member of switchyard_reader and pg_read_all_stats.'
    : null;
  return found('CHECK_NOT_MADE', name, `this could not be checked: ${why}`, wayOut);
}
