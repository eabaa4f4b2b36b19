import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Verdict } from '../../../src/activities/systems/systems.ts';
import { JobError, reasonOf } from '../../../src/platform/errors.ts';

interface Carrier {
  /** Answers the receipt. */
  send(letter: { id: string; signal: AbortSignal }): Promise<string>;
  isAlive(signal: AbortSignal): Promise<boolean>;
}

/** The outside system of letters, over HTTP: it may be away (`CARRIER_AWAY`), silent (`CARRIER_SILENT`), and it may refuse a letter (`CARRIER_REFUSED`). */
export function createCarrier({ url, timeoutMs }: { url: string; timeoutMs: number }): Carrier {
  const failed = (error: unknown, timeout: AbortSignal): never => {
    const [code, what] = timeout.aborted
      ? ['CARRIER_SILENT', `did not answer within ${timeoutMs} ms`]
      : ['CARRIER_AWAY', `could not be reached (${reasonOf(error)})`];
    throw new JobError(code, `the carrier at ${url} ${what}`, { retryable: true, cause: error });
  };
  return {
    async send({ id, signal }) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const patience = AbortSignal.any([signal, timeout]);
      const answer = await post(url, patience, { 'x-job-id': id }).catch((error: unknown) =>
        failed(error, timeout),
      );
      if (answer.status === 200) return answer.said;
      const refuses = answer.status < 500;
      const words = `the carrier answered ${answer.status}${answer.said && `: ${answer.said}`}`;
      throw new JobError(refuses ? 'CARRIER_REFUSED' : 'CARRIER_AWAY', words, { retryable: !refuses });
    },

    async isAlive(signal) {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
      const response = await call('GET', `${url}/health`, soon).catch(() => undefined);
      response?.resume();
      return response?.statusCode === 200;
    },
  };
}

/** What a failed call says of the carrier. */
export function verdictOfCarrier(error: unknown): Verdict {
  if (!(error instanceof JobError)) return 'unknown';
  return verdicts[error.code] ?? 'unknown';
}

const verdicts: Partial<Record<string, Verdict>> = {
  CARRIER_AWAY: 'refuses',
  CARRIER_SILENT: 'silent',
  CARRIER_REFUSED: 'answers',
};

async function post(url: string, signal: AbortSignal, headers: Record<string, string>) {
  const response = await call('POST', url, signal, headers);
  return { status: Number(response.statusCode), said: await text(response) };
}

/** Over a connection of its own: one that is kept may have ended meanwhile. */
async function call(
  method: string,
  url: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const outgoing = request(url, { method, headers, signal, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}
