import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

const folder = new URL('./pages/', import.meta.url);
const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' } as const;

/** Nothing of other hosts, nothing inline, and in no frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * `GET /agent-runs/:id`, a page of a run as it goes on, and what it loads. They hold no data and are open to everybody: what is
 * to be seen they ask of the API, with the token of whoever looks.
 */
export async function pageRoutes(app: FastifyInstance): Promise<void> {
  const open = { config: { scope: 'public' } } as const;
  const serve = async (path: string, name: string) => {
    const content = await readFile(new URL(name, folder), 'utf8');
    const type = types[name.split('.').at(-1) as keyof typeof types];
    app.get(path, open, (_request, reply) =>
      reply.type(`${type}; charset=utf-8`).header('content-security-policy', policy).send(content),
    );
  };
  await serve('/agent-runs/:id', 'agent-run.html');
  for (const name of ['agent-run.js', 'follow-run.js', 'page.css']) await serve(`/pages/${name}`, name);
}
