import { access } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { ApiPlugin, PluginDeps } from '../../src/api/plugin.ts';
import { insertLetter, readLetter } from '../support/letters/rows.ts';

/** Routes of an application: letters are listed, read and written; a page is open to all; it needs a folder to be ready. */
export const letterRoutes = (letterBox: string): ApiPlugin => ({
  checks: [{ name: 'letter box', check: () => access(letterBox) }],
  routes(app) {
    app.get('/letters', { config: { scope: 'public' } }, async () => 'letters');
  },
  jsonRoutes(app: FastifyInstance, { pool }: PluginDeps) {
    app.get('/api/letters', async () => (await pool.query('SELECT id FROM letters')).rows);
    app.get('/api/letters/:id', (request) => readLetter(pool, (request.params as { id: string }).id));
    app.post('/api/letters', { config: { scope: 'write' } }, async (_, reply) =>
      reply.code(202).send({ id: await insertLetter(pool) }),
    );
  },
});
