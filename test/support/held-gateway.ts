import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A gateway that answers when the test says so: for what happens while a job is at the gateway. */
export interface HeldGateway {
  url: string;
  /** Resolves when `count` calls have come in so far, answered or not. */
  called(count: number): Promise<void>;
  /** How many calls are waiting for an answer now. */
  waiting(): number;
  /** Holds every call from now on, and counts them anew. */
  hold(): void;
  /** Answers all calls that wait, and from now on every call at once. */
  release(): void;
  close(): Promise<void>;
}

export async function holdGateway(): Promise<HeldGateway> {
  const held = new Set<ServerResponse>();
  const watchers = new Set<() => void>();
  let calls = 0;
  let open = false;
  const answer = (response: ServerResponse) => {
    held.delete(response);
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end('<invoice><number>1</number></invoice>');
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => {
      calls += 1;
      held.add(response);
      response.on('close', () => held.delete(response));
      if (open) answer(response);
      for (const watcher of watchers) watcher();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: () => held.size,
    called: (count) =>
      new Promise((done) => {
        const look = () => {
          if (calls < count) return;
          watchers.delete(look);
          done();
        };
        watchers.add(look);
        look();
      }),
    hold() {
      open = false;
      calls = 0;
    },
    release() {
      open = true;
      for (const response of held) answer(response);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
