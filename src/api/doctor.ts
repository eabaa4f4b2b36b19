import type { FastifyInstance } from 'fastify';
import type { Finding } from '../operations/views.ts';

/** Looks at all there is, as `switchyard doctor` does. */
export type Examine = () => Promise<readonly Finding[]>;

/** `GET /api/doctor`: what is wrong, errors first. It answers 200 whatever is found, also while Temporal is away; 503 where
 * tokens cannot be read, as Postgres is away. */
export function doctorRoutes(app: FastifyInstance, examine: Examine): void {
  let running: Promise<readonly Finding[]> | undefined;
  app.get('/api/doctor', async () => {
    // All who ask at once are given one answer: an examination costs some dozen statements.
    running ??= examine().finally(() => {
      running = undefined;
    });
    return { findings: await running };
  });
}
