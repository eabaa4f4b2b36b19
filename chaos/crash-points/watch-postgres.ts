import pg from 'pg';
import type { Interactions } from './death.ts';

type Callback = (...answer: unknown[]) => void;
type Call = (this: unknown, ...args: unknown[]) => unknown;

/** Every connection and every statement, of pools and of single clients. */
export function watchPostgres(interactions: Interactions): void {
  const client = pg.Client.prototype as unknown as { connect: Call; query: Call };
  client.connect = watched(client.connect, interactions, () => 'connect to Postgres');
  client.query = watched(client.query, interactions, ([query]) => `Postgres: ${shortened(textOf(query))}`);
}

/** The driver's functions answer a promise, or call back when their last argument is a function. */
function watched(call: Call, interactions: Interactions, nameOf: (args: unknown[]) => string): Call {
  return function (this: unknown, ...args: unknown[]) {
    const end = interactions.begin(nameOf(args));
    const callback = args.at(-1);
    if (typeof callback !== 'function') {
      return (call.apply(this, args) as Promise<unknown>).finally(end);
    }
    return call.apply(this, [
      ...args.slice(0, -1),
      (...answer: unknown[]) => {
        end();
        (callback as Callback)(...answer);
      },
    ]);
  };
}

/** A statement that is prepared comes with its name. */
const textOf = (query: unknown): string =>
  typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : String(query);

const shortened = (text: string) => text.replaceAll(/\s+/g, ' ').trim().slice(0, 90);
