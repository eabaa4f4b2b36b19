import type { FastifyRequest } from 'fastify';
import { hostnameOf, isLoopback, loopbackNames } from '../platform/loopback.ts';
import { Problem, quoteInput } from './problems.ts';

/**
 * Refuses what a page of another site makes a browser send: any request whose `Origin` is not this host, and, when the
 * API listens on loopback only, any whose `Host` is not a name of this machine (DNS rebinding). What may change something is
 * refused also where a browser leaves `Origin` out but says in `Sec-Fetch-Site` that another site asks.
 * @throws {Problem} 403 or 421
 */
export function requireSameSite(request: FastifyRequest, listensOn: string): void {
  const { host, origin } = request.headers;
  if (isLoopback(listensOn) && ![...loopbackNames, hostnameOf(listensOn)].includes(hostnameOf(host))) {
    throw new Problem(
      421,
      'WRONG_HOST',
      `the API listens on ${listensOn} and answers only to its own names, not to Host ${quoteInput(host ?? '')}; set API_HOST to serve others`,
    );
  }
  if (origin !== undefined && !isSameHost(origin, host)) {
    throw new Problem(403, 'OTHER_ORIGIN', `pages of ${quoteInput(origin)} may not use this API`);
  }
  if (changesSomething(request.method) && !ownPage.includes(request.headers['sec-fetch-site'])) {
    throw new Problem(403, 'OTHER_ORIGIN', 'pages of other sites may not use this API');
  }
}

const changesSomething = (method: string): boolean => method !== 'GET' && method !== 'HEAD';

/** What `Sec-Fetch-Site` says of our own pages, of people and of what is no browser. */
const ownPage: readonly unknown[] = [undefined, 'same-origin', 'none'];

function isSameHost(origin: string, host: string | undefined): boolean {
  const from = parse(origin);
  if (from === undefined || host === undefined) return false;
  return from.host === parse(`${from.protocol}//${host}`)?.host;
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
