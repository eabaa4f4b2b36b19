import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { spanOf } from './duration.ts';

interface Pause {
  what: string;
  reason: string;
  paused_by: string;
  automatic: boolean;
  ms: number;
}

/** What is paused, by a hand or by a breaker. */
export const pauses: Check = {
  name: 'pauses',
  needs: ['schema'],
  async find({ pool, limits }): Promise<Finding[]> {
    const { rows } = await pool.query<Pause>(pausesQuery);
    return rows.flatMap((pause) => {
      if (pause.automatic) return pause.ms > limits.breakerMs ? [breakerOpen(pause)] : [];
      return [byHand(pause, pause.ms > limits.pauseMs)];
    });
  },
};

const breakerOpen = ({ what, reason, ms }: Pause): Finding =>
  found(
    'BREAKER_OPEN',
    what,
    `it is out of order for ${spanOf(ms)}, and jobs that need it wait: ${reason}`,
    'Mend that system; the breaker closes by itself when a job comes through.',
  );

const byHand = ({ what, reason, paused_by, ms }: Pause, long: boolean): Finding =>
  found(
    long ? 'PAUSED_FOR_LONG' : 'PAUSED',
    what,
    `paused by ${paused_by} for ${spanOf(ms)}: ${reason}`,
    'Resume it when the reason is gone: switchyard resume, or the API.',
  );

const pausesQuery = `
  SELECT CASE scope WHEN 'queue' THEN 'queue ' || queue
                    WHEN 'key' THEN format('key %s of queue %s', to_json(key), queue)
                    ELSE 'system ' || system END AS what,
         left(reason, 500) AS reason, paused_by, automatic,
         (extract(epoch FROM clock_timestamp() - paused_at) * 1000)::double precision AS ms
    FROM switchyard.pauses
   WHERE resumed_at IS NULL
   ORDER BY id
   LIMIT 100`;

/** Webhooks that no receiver took, by subscription. */
export const webhooks: Check = {
  name: 'failed webhooks',
  needs: ['schema'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<{ subscription: string; deliveries: number; message: string | null }>(
      webhooksQuery,
      [limits.recentMs],
    );
    return rows.map(({ subscription, deliveries, message }) =>
      found(
        'WEBHOOK_FAILED',
        `subscription ${subscription}`,
        `${deliveries} webhooks failed within ${spanOf(limits.recentMs)}, at last: ${message ?? 'no reason'}`,
        'Mend the receiver, then send them again: POST /api/webhooks/deliveries/{id}/retry, or a redrive of the queue webhooks.',
      ),
    );
  },
};

/** $1 milliseconds. Of the thousand latest. */
const webhooksQuery = `
  SELECT subscription, count(*)::integer AS deliveries, left((array_agg(error_message ORDER BY failed_at DESC))[1], 500) AS message
    FROM (SELECT subscription, error_message, failed_at FROM switchyard.webhook_deliveries
           WHERE status = 'failed' AND failed_at > clock_timestamp() - $1 * interval '1 millisecond'
           ORDER BY failed_at DESC LIMIT 1000) AS failed
   GROUP BY subscription
   ORDER BY subscription`;

interface Noted {
  code: 'RECONCILED' | 'ROW_REFUSED' | 'SIGNAL_FAILED';
  queue: string;
  events: number;
  job_id: string;
  detail: string | null;
}

/** Repairs, rows that could not be given their end, and signals that could not be delivered, from the history. */
export const recentEvents: Check = {
  name: 'the latest events',
  needs: ['schema'],
  async find({ pool, limits }) {
    const { rows } = await pool.query<Noted>(eventsQuery, [limits.recentMs]);
    return rows.map(noted);
  },
};

function noted({ code, queue, events, job_id, detail }: Noted): Finding {
  const last = `at last of job ${job_id}: ${(detail ?? 'no reason').slice(0, 500)}`;
  const subject = `queue ${queue}`;
  if (code === 'RECONCILED')
    return found(
      'REPAIRED',
      subject,
      `${events} rows and workflows did not fit each other and were mended, ${last}`,
      'Find out who ends workflows from outside, or whether data was lost.',
    );
  if (code === 'ROW_REFUSED')
    return found(
      'ROW_REFUSED',
      subject,
      `${events} rows did not take the end of their job, ${last}`,
      'Mend the trigger, constraint or right that it names; the reconciler ends the row then.',
    );
  return found(
    'SIGNAL_FAILED',
    subject,
    `${events} signals could not be delivered, ${last}`,
    'See whether the workflow still ran, and send them again if they are still meant: switchyard signal.',
  );
}

/** $1 milliseconds. Of the ten thousand latest events. */
const eventsQuery = `
  SELECT code, queue, count(*)::integer AS events, (array_agg(job_id ORDER BY id DESC))[1] AS job_id, (array_agg(detail ORDER BY id DESC))[1] AS detail
    FROM (SELECT * FROM switchyard.job_events ORDER BY id DESC LIMIT 10000) AS latest
   WHERE code IN ('RECONCILED', 'ROW_REFUSED', 'SIGNAL_FAILED') AND at > clock_timestamp() - $1 * interval '1 millisecond'
   GROUP BY code, queue
   ORDER BY code, queue`;
