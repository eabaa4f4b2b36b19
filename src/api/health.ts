import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { type HealthCheck, readiness } from '../platform/health.ts';
import { postgresCheck } from '../platform/health-checks.ts';
import { listMappings } from '../platform/mappings.ts';
import type { ApiDeps } from './api.ts';

const mappingsCheck = (mappingsDir: string): HealthCheck => ({
  name: 'mappings',
  check: async () => void (await listMappings(mappingsDir)),
});

const uploadFolderCheck = (uploadRoot: string): HealthCheck => ({
  name: 'upload folder',
  check: () => access(uploadRoot, constants.W_OK | constants.X_OK),
});

/** `GET /health/live`: the process turns. `GET /health/ready`: it can take uploads; 503 with the reasons when not. */
export function healthRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { uploadRoot, mappingsDir } = deps.settings;
  const checks = [postgresCheck(deps.pool), uploadFolderCheck(uploadRoot), mappingsCheck(mappingsDir)];
  const open = { config: { scope: 'public' } } as const;
  app.get('/health/live', open, async () => ({ status: 'ok' }));
  app.get('/health/ready', open, async (_request, reply) => {
    const report = await readiness(checks);
    return reply.code(report.status === 'ok' ? 200 : 503).send(report);
  });
}
