import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { BoundedLabel } from './bounded-label.ts';

/** Everything this process counts, served at `/metrics` beside its health. One place, so that no name is taken twice. */
export const metrics = new Registry();

let hasProcessMetrics = false;

/** All metrics as Prometheus reads them, with those of Node.js. */
export function readMetrics(): Promise<string> {
  if (!hasProcessMetrics) collectDefaultMetrics({ register: metrics });
  hasProcessMetrics = true;
  return metrics.metrics();
}

export const reconcilerRepairs = new Counter({
  name: 'switchyard_reconciler_repairs_total',
  help: 'What the reconciler mended, by queue and rule',
  labelNames: ['queue', 'rule'] as const,
  registers: [metrics],
});

export const retentionRemoved = new Counter({
  name: 'switchyard_retention_removed_total',
  help: 'What retention removed: jobs of a queue with their files, or events',
  labelNames: ['queue', 'what'] as const,
  registers: [metrics],
});

export const claimPassSeconds = new Histogram({
  name: 'switchyard_claim_pass_seconds',
  help: 'Passes of the claim loop, by queue and whether they reached Postgres (made, failed)',
  labelNames: ['queue', 'outcome'] as const,
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15],
  registers: [metrics],
});

export const claimedJobs = new Counter({
  name: 'switchyard_claimed_jobs_total',
  help: 'Jobs whose workflow this process started, by queue',
  labelNames: ['queue'] as const,
  registers: [metrics],
});

export const workflowStartSeconds = new Histogram({
  name: 'switchyard_workflow_start_seconds',
  help: 'Calls of Temporal that start the workflow of a job, by queue and outcome (started, left, unstartable, refused)',
  labelNames: ['queue', 'outcome'] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  registers: [metrics],
});

const codes = new BoundedLabel();

const endedJobs = new Counter({
  name: 'switchyard_ended_jobs_total',
  help: 'Jobs whose end this process wrote to their rows, by queue, state (complete, failed, canceled) and error code',
  labelNames: ['queue', 'status', 'code'] as const,
  registers: [metrics],
});

/** Counts the end of a job. Codes are of a hundred kinds at most; further ones are `other`. */
export const countEnd = (queue: string, status: string, code?: string | null): void =>
  endedJobs.inc({ queue, status, code: code == null ? '' : codes.of(code) });

export const signalsSent = new Counter({
  name: 'switchyard_signals_total',
  help: 'Signals of rows that this process told workflows, by queue and outcome (delivered, failed)',
  labelNames: ['queue', 'outcome'] as const,
  registers: [metrics],
});

export const mirroredRows = new Counter({
  name: 'switchyard_mirrored_rows_total',
  help: 'Writes of how jobs go to the rows of applications, by queue and outcome (written, refused)',
  labelNames: ['queue', 'outcome'] as const,
  registers: [metrics],
});

export const webhookPosts = new Counter({
  name: 'switchyard_webhook_posts_total',
  help: 'Messages that this process sent to receivers of webhooks, by outcome (delivered, failed); a failed one may be tried again',
  labelNames: ['outcome'] as const,
  registers: [metrics],
});

export const eventStreams = new Gauge({
  name: 'switchyard_event_streams',
  help: 'Streams of events that this process serves now',
  registers: [metrics],
});

export const watchedEnds = new Counter({
  name: 'switchyard_watched_ends_total',
  help: 'Ends of watched workflows that this process wrote to their rows, by queue and how it learned of them (poll, visibility, sweep)',
  labelNames: ['queue', 'way'] as const,
  registers: [metrics],
});

export const watchedEndLagSeconds = new Histogram({
  name: 'switchyard_watched_end_lag_seconds',
  help: 'Time from the end of a watched workflow, by the clock of Temporal, to the write to its row, by queue',
  labelNames: ['queue'] as const,
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600, 3600],
  registers: [metrics],
});

/** Reads whether the breaker of a system is open; by its name. */
export const breakerChecks = new Map<string, () => Promise<boolean>>();

/** Looked up for each scrape, as any worker may have opened or closed it. Not told while the database is away. */
new Gauge({
  name: 'switchyard_breaker_open',
  help: 'Whether an outside system is out of order, and jobs wait for it',
  labelNames: ['system'] as const,
  registers: [metrics],
  async collect() {
    this.reset();
    for (const [system, isOpen] of breakerChecks) {
      await isOpen().then(
        (open) => this.set({ system }, open ? 1 : 0),
        () => undefined,
      );
    }
  },
});
