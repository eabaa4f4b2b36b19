import { Counter, Registry } from 'prom-client';

/** Everything this process counts, served at `/metrics` beside its health. One place, so that no name is taken twice. */
export const metrics = new Registry();

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
