import type { FastifyInstance } from 'fastify';
import { readiness } from '../platform/health.ts';
import { postgresCheck } from '../platform/health-checks.ts';
import { metrics, readMetrics } from '../platform/metrics.ts';
import type { ApiDeps } from './deps.ts';

/** `GET /health/live`: the process turns. `GET /health/ready`: what it needs is there; 503 with the reasons when not. `GET /metrics`: for Prometheus. */
export function healthRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const checks = [postgresCheck(deps.pool), ...deps.plugins.flatMap((plugin) => plugin.checks ?? [])];
  const open = { config: { scope: 'public' } } as const;
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await readMetrics()));
  app.get('/health/live', open, async () => ({ status: 'ok' }));
  app.get('/health/ready', open, async (_request, reply) => {
    const report = await readiness(checks);
    return reply.code(report.status === 'ok' ? 200 : 503).send(report);
  });
}
