/** One thing a process needs in order to be ready: a name and a check that throws when it is not well. */
export interface HealthCheck {
  name: string;
  check: () => Promise<void>;
}

/** Why a check fails, in words that anybody may read. */
export class NotReady extends Error {}

export interface HealthReport {
  status: 'ok' | 'unavailable';
  checks: Record<string, 'ok' | string>;
}

/** Runs all checks side by side, each for at most `timeoutMs`; says for each `ok` or why not. */
export async function readiness(checks: readonly HealthCheck[], timeoutMs = 2_000): Promise<HealthReport> {
  const results = await Promise.all(
    checks.map(async ({ name, check }) => [name, await outcomeOf(check, timeoutMs)] as const),
  );
  const healthy = results.every(([, outcome]) => outcome === 'ok');
  return { status: healthy ? 'ok' : 'unavailable', checks: Object.fromEntries(results) };
}

async function outcomeOf(check: () => Promise<void>, timeoutMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((done) => {
    timer = setTimeout(() => done(`no answer within ${timeoutMs} ms`), timeoutMs);
  });
  const checked = check().then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof NotReady) return error.message;
      return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    },
  );
  return Promise.race([checked, late]).finally(() => clearTimeout(timer));
}
