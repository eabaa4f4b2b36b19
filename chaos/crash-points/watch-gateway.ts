import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { Interactions } from './death.ts';

/** A call of the gateway has three moments: it is made, the form is sent to its end, the answer is there to its end. */
export function watchGateway(interactions: Interactions): void {
  const { request } = http;
  http.request = ((...args: Parameters<typeof request>) => {
    const answered = interactions.begin('gateway: the request, to the head of the answer');
    const made = request(...args);
    made.prependOnceListener('response', (response: IncomingMessage) => {
      answered();
      const received = interactions.begin('gateway: the body of the answer');
      response.prependOnceListener('end', received);
    });
    watchEnd(made, interactions);
    return made;
  }) as typeof request;
  syncBuiltinESMExports();
}

function watchEnd(request: ClientRequest, interactions: Interactions): void {
  const end = request.end.bind(request) as (...args: unknown[]) => ClientRequest;
  request.end = ((...args: unknown[]) => {
    const sent = interactions.begin('gateway: the end of the form');
    request.prependOnceListener('finish', sent);
    return end(...args);
  }) as typeof request.end;
}
