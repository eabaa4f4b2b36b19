import type { Client } from '@temporalio/client';
import { createPool } from '../../platform/database.ts';
import { SetupError } from '../../platform/errors.ts';
import type { Settings } from '../../platform/settings.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { createTemporalClient, loadTemporalConfig } from '../../platform/temporal.ts';
import type { QueueDefinition } from '../../queues/definition.ts';
import { createExternalStorage } from '../../storage/payloads.ts';
import type { Finding } from '../views.ts';
import type { CheckContext, Need } from './check.ts';
import { checks, gates } from './checks.ts';
import { found, worstFirst } from './codes.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { Run } from './run.ts';

export interface DoctorOptions {
  settings: Settings;
  /** The queues that code defines. Others of the registry are looked at by what the registry says. */
  queues: readonly QueueDefinition[];
  /** The folders of the application's migrations; left out: only the engine's are compared. */
  migrations?: readonly URL[] | undefined;
  limits?: Partial<Limits>;
  now?: () => number;
}

export interface Diagnosis {
  /** Errors first. When nothing was found it is one, ALL_WELL, which says how many checks were made. */
  findings: Finding[];
  /** How many checks gave an answer, and how many did not: what they need is away, a right is missing, or time ran out. */
  made: number;
  notMade: number;
}

const checksAtOnce = 4;

/**
 * Looks at database, Temporal, processes, queues and jobs, changes nothing, and says what is wrong. Never throws for what is wrong with
 * these, and ends within `limits.allMs` and the time of one check.
 */
export async function diagnose({
  settings,
  limits: given,
  now = Date.now,
  ...of
}: DoctorOptions): Promise<Diagnosis> {
  const limits = { ...defaultLimits, ...given };
  const pool = createPool({
    connectionString: settings.databaseUrl,
    applicationName: `switchyard doctor ${settings.workerId}`,
    max: checksAtOnce,
    statementTimeoutMs: limits.checkMs,
    onError: () => undefined, // the next statement tells it
  });
  const temporal = openTemporal(settings);
  try {
    const client = 'client' in temporal ? temporal.client : undefined;
    const findings = 'finding' in temporal ? [temporal.finding] : [];
    return await examine({ ...of, settings, limits, now, pool, client, findings });
  } finally {
    if ('client' in temporal) await temporal.client.connection.close();
    // Not waited for: a connection whose peer vanished would not let go.
    void pool.end().catch(() => undefined);
  }
}

/** Settings of payloads and of Temporal that contradict each other leave no client to ask with. */
function openTemporal(settings: Settings): { client: Client } | { finding: Finding } {
  try {
    const { connection, ...config } = loadTemporalConfig(settings, createExternalStorage(settings));
    // Each call is made once: that Temporal is away is a finding, and no reason to wait.
    const once = { ...connection, interceptors: [] };
    return { client: createTemporalClient({ ...config, connection: once }, settings.workerId) };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return {
      finding: found('SETTINGS_CONTRADICT', 'Temporal', error.message, 'Correct the settings that it names.'),
    };
  }
}

type Examined = Omit<CheckContext, 'client' | 'queues' | 'queuesOff'> &
  Pick<DoctorOptions, 'queues'> & { client: Client | undefined; findings: Finding[] };

async function examine({ client, findings, queues, ...given }: Examined): Promise<Diagnosis> {
  const { limits } = given;
  const endsAt = performance.now() + limits.allMs;
  // No check is made that has no client and needs one.
  const context: CheckContext = {
    ...given,
    client: client as Client,
    queues: [],
    queuesOff: async () => new Set(),
  };
  const run = new Run(context, endsAt);
  const there = new Set<Need>();
  for (const gate of gates) {
    if (!gate.needs.every((need) => there.has(need)) || (gate.opens === 'temporal' && client === undefined))
      continue;
    if (await run.make(gate)) there.add(gate.opens);
  }
  if (there.has('schema') && (await run.readQueues(queues))) there.add('queues');
  const possible = checks.filter(({ needs }) => needs.every((need) => there.has(need)));
  await eachSideBySide(possible, checksAtOnce, (check) => run.make(check));
  return summary([...findings, ...run.findings], run.made, gates.length + checks.length + 1);
}

function summary(findings: Finding[], made: number, all: number): Diagnosis {
  const notMade = all - made;
  const allWell = found('ALL_WELL', 'switchyard', `${made} checks, nothing found`, null);
  return { findings: findings.length === 0 ? [allWell] : worstFirst(findings), made, notMade };
}
