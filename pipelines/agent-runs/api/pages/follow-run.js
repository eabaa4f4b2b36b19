/**
 * Follows one agent run until it has ended: what it is, each second, and its log as it grows.
 *
 * @param {object} options
 * @param {string} options.id the run
 * @param {(path: string) => Promise<Response>} options.ask one call of the API
 * @param {RunView} options.view where it is shown
 * @param {(ms: number) => Promise<void>} options.sleep
 * @param {AbortSignal} options.signal ends it before
 *
 * @typedef {object} RunView
 * @property {(run: Run) => void} run
 * @property {() => void} logBegins the log of an attempt is shown from its beginning
 * @property {(text: string) => void} log more of it
 * @property {(artifacts: Artifact[]) => void} artifacts
 * @property {(problem: string) => void} problem '': there is none any more
 *
 * @typedef {{ id: string, status: string, attempt: number }} Run as `GET /api/agent-runs/:id` answers it
 * @typedef {{ name: string, bytes: number, sha256: string, href: string }} Artifact
 */
export async function followRun({ id, ask, view, sleep, signal }) {
  const path = `/api/agent-runs/${encodeURIComponent(id)}`;
  /** @type {Promise<void> | undefined} */
  let log;
  let problem = '';
  /** Of what the whole log is shown, where it grows no more. */
  let shown = '';
  while (!signal.aborted) {
    try {
      const run = await json(await ask(path));
      view.run(run);
      if (problem !== '') view.problem('');
      problem = '';
      const now = `${run.status} ${run.attempt}`;
      if (run.status === 'running' || (hasLog(run) && now !== shown)) {
        shown = now;
        log ??= followLog(path, ask, view)
          .catch(() => undefined) // the next look says what is wrong
          .finally(() => {
            log = undefined;
          });
      }
      if (hasEnded(run)) {
        await log;
        view.artifacts((await json(await ask(`${path}/artifacts`))).artifacts);
        return;
      }
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      view.problem(problem);
      if (error instanceof Refused && error.final) return;
    }
    await sleep(1000);
  }
}

/** @param {Run} run */
const hasEnded = ({ status }) => ['succeeded', 'failed', 'canceled'].includes(status);
/** @param {Run} run */
const hasLog = ({ status, attempt }) => attempt > 0 && status !== 'queued';

/**
 * @param {string} path
 * @param {(path: string) => Promise<Response>} ask
 * @param {RunView} view
 */
async function followLog(path, ask, view) {
  const response = await ask(`${path}/log`);
  if (!response.ok || response.body === null) return; // there is none yet
  view.logBegins();
  // Not every browser lets `for await` go over a stream.
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) view.log(next.value);
}

/** What the API says against a call. */
class Refused extends Error {
  /**
   * @param {string} message
   * @param {boolean} final whether to ask again is in vain
   */
  constructor(message, final) {
    super(message);
    this.final = final;
  }
}

/** @param {Response} response */
async function json(response) {
  if (response.ok) return response.json();
  const { detail, title } = await response.json().catch(() => ({}));
  throw new Refused(
    detail ?? title ?? `the API answered ${response.status}`,
    [400, 404].includes(response.status),
  );
}
