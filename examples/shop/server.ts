import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { drizzle } from 'drizzle-orm/node-postgres';
import { createShop } from './shop.ts';

interface Body {
  item: string;
  cents: number;
  card: string;
  by: string;
}

const shop = createShop(
  drizzle(process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'),
);
const routes: Record<string, (id: number, body: Body) => Promise<unknown>> = {
  'POST order': (_, { item, cents }) => shop.order(item, cents),
  'POST pay': (id, { card }) => shop.pay(id, card),
  'POST approve': (id, { by }) => shop.approve(id, by),
  'GET order': (id) => shop.look(id),
};

createServer(async (request, response) => {
  const [, action = '', id] = (request.url ?? '').split('/');
  try {
    const body = request.method === 'POST' ? await json(request) : {};
    const answer = await routes[`${request.method} ${action}`]?.(Number(id), body as Body);
    response.end(`${JSON.stringify(answer ?? {})}\n`);
  } catch (error) {
    response.statusCode = 400;
    response.end(`${error instanceof Error ? error.message : error}\n`);
  }
}).listen(Number(process.env['PORT'] ?? 3000));
