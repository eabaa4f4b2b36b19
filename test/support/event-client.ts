import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { until } from './until.ts';

export interface ServerEvent {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

/** A client of a stream of server-sent events, which keeps what it was sent. */
export interface EventClient {
  status: number;
  headers: IncomingMessage['headers'];
  events: ServerEvent[];
  /** The last id, as a browser gives it back. */
  lastId(): string;
  comments: number;
  /** Whether the server ended the stream, and whether in order. */
  ended(): Promise<'ended' | 'cut'>;
  /** Waits until so many events have come. */
  untilEvents(count: number): Promise<ServerEvent[]>;
  /** Takes no more off the wire. */
  stopReading(): void;
  close(): Promise<void>;
}

export async function openEvents(url: string, headers: Record<string, string> = {}): Promise<EventClient> {
  const outgoing = request(url, { headers, agent: false });
  outgoing.on('error', () => undefined);
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const client = { events: [] as ServerEvent[], comments: 0, last: '' };
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = `${rest}${text}`.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) takeBlock(block, client);
  });
  const ended = new Promise<'ended' | 'cut'>((done) => {
    response.on('error', () => undefined).once('close', () => done(response.complete ? 'ended' : 'cut'));
  });
  return Object.assign(client, {
    status: response.statusCode ?? 0,
    headers: response.headers,
    lastId: () => client.last,
    ended: () => ended,
    untilEvents: (count: number) =>
      until(async () => client.events.length >= count && client.events.slice(0, count)),
    stopReading: () => void response.pause(),
    close: async () => {
      response.destroy();
      await ended;
    },
  });
}

function takeBlock(block: string, client: { events: ServerEvent[]; comments: number; last: string }): void {
  const fields: Record<string, string> = {};
  for (const line of block.split('\n')) {
    const [name = '', value = ''] = line.split(/: ?(.*)/s);
    if (name === '') client.comments += 1;
    else fields[name] = value;
  }
  client.last = fields['id'] ?? client.last;
  if (fields['data'] === undefined) return;
  client.events.push({
    id: client.last,
    event: fields['event'] ?? 'message',
    data: JSON.parse(fields['data']),
  });
}
