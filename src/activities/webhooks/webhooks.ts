import { Webhook } from 'standardwebhooks';
import type { Pool } from '../../platform/database.ts';
import { ErrorCode, JobError, placeOf, reasonOf } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging.ts';
import { webhookPosts } from '../../platform/metrics.ts';
import { parseRetryAfter } from '../../platform/retry-after.ts';
import type { JobOutcome, JobRun } from '../../queues/job.ts';
import type { JobRow } from '../rows/ownership.ts';
import type { JobTransitions } from '../rows/transitions.ts';
import { asJob, type WorkContext } from '../work/as-job.ts';
import type { WorkDone } from '../work/completion.ts';
import { rethrowDatabaseError } from '../work/interruptions.ts';
import type { RetryPolicy } from '../work/try.ts';

export type WebhookActivities = ReturnType<typeof createWebhookActivities>;

/** With pauses of 5 s to 6 h, a receiver that is away is tried for about a day and a half. */
const retry: RetryPolicy = { maxAttempts: 18, initialIntervalMs: 5_000, maxIntervalMs: 6 * 60 * 60 * 1000 };
/** A receiver takes the message and does its work later. https://www.standardwebhooks.com */
const answerWithinMs = 15_000;

/** Signed webhooks by the Standard Webhooks specification: delivered at least once, under one id. */
export function createWebhookActivities(deps: {
  jobs: JobTransitions;
  pool: Pool;
  /** Secrets by the name that subscriptions give. */
  secrets: ReadonlyMap<string, string>;
  log: Logger;
}) {
  async function work({ row, signal, log }: WorkContext): Promise<WorkDone> {
    const { url, secret } = await subscriptionOf(deps, row);
    const status = await post(url, messageOf(row), secret, signal).catch((error: unknown) => {
      webhookPosts.inc({ outcome: 'failed' });
      throw error;
    });
    webhookPosts.inc({ outcome: 'delivered' });
    log.info({ responseStatus: status }, 'webhook delivered');
    return { publish: async () => ({ response_status: status }), cleanUp: async () => undefined };
  }

  return {
    deliverWebhook: (run: JobRun): Promise<JobOutcome> => asJob({ ...deps, retry }, run, work),
  };
}

async function subscriptionOf(
  deps: { pool: Pool; secrets: ReadonlyMap<string, string> },
  row: JobRow,
): Promise<{ url: string; secret: string }> {
  const name = String(row['subscription']);
  const { rows } = await deps.pool
    .query<{ url: string | null; secret: string }>(
      'SELECT url, secret FROM switchyard.subscriptions WHERE name = $1',
      [name],
    )
    .catch(rethrowDatabaseError);
  const [found] = rows;
  if (found?.url == null) throw final(`there is no subscription "${name}" with an address any more`);
  const secret = deps.secrets.get(found.secret);
  if (secret !== undefined) return { url: found.url, secret };
  throw final(
    `the subscription "${name}" is signed with "${found.secret}", which WEBHOOK_SECRETS does not name`,
  );
}

interface Message {
  id: string;
  body: string;
}

function messageOf(row: JobRow): Message {
  const { at } = row;
  return {
    id: String(row['id']),
    body: JSON.stringify({
      type: `job.${String(row['ended_status'])}`,
      timestamp: at instanceof Date ? at.toISOString() : at,
      data: {
        queue: row['queue'],
        jobId: row['job_id'],
        attempt: row['ended_attempt'],
        status: row['ended_status'],
        code: row['ended_code'],
        ...(row['ended_detail'] !== null && { detail: row['ended_detail'] }),
      },
    }),
  };
}

/** Answers the status of a receiver that took the message. A redirect is not followed: it is no receiver of ours. */
async function post(
  url: string,
  { id, body }: Message,
  secret: string,
  signal: AbortSignal,
): Promise<number> {
  const now = new Date();
  const timeout = AbortSignal.timeout(answerWithinMs);
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'switchyard',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    },
    body,
    signal: AbortSignal.any([signal, timeout]),
  }).catch((error: unknown) => {
    const why = timeout.aborted ? `no answer within ${answerWithinMs} ms` : reasonOf(error);
    throw again(`the receiver at ${placeOf(url)} could not be reached (${why})`, { cause: error });
  });
  await response.body?.cancel();
  if (response.ok) return response.status;
  const message = `the receiver answered ${response.status}`;
  if (response.status === 410) throw final(message);
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after') ?? undefined);
  throw again(message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

const again = (message: string, options: { retryAfterMs?: number; cause?: unknown }) =>
  new JobError(ErrorCode.WEBHOOK_FAILED, message, { retryable: true, ...options });
const final = (message: string) => new JobError(ErrorCode.WEBHOOK_FAILED, message, { retryable: false });
