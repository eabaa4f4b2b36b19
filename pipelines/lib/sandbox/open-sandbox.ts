import { access } from 'node:fs/promises';
import { isLoopback, type Logger, readDatabaseAddress, SetupError, systemErrorCode } from 'pg-switchyard';
import type { Sandbox } from './policy.ts';
import { probeSandbox, type SandboxOptions } from './probe.ts';

export interface OpenSandboxOptions extends SandboxOptions {
  /** `COMMAND_SANDBOX` */
  mode: 'auto' | 'bwrap' | 'off';
  /** The queue whose commands it is for. */
  queue: string;
  /** What shows whether this worker serves others than its own machine. */
  reach: Reach;
  log: Pick<Logger, 'warn' | 'info'>;
}

interface Reach {
  apiHost: string;
  databaseUrl: string;
  temporalAddress: string;
}

/**
 * The sandbox of a queue's commands; `undefined`: they run without one.
 * @throws {SetupError} where there must be one and cannot, naming settings and ways out
 */
export async function openSandbox(options: OpenSandboxOptions): Promise<Sandbox | undefined> {
  const { mode, queue, reach, log } = options;
  if (mode === 'off') return undefined;
  await requireThere(options.readable);
  try {
    const sandbox = await probeSandbox(options);
    if (!sandbox.hasProc)
      log.warn(
        `commands of ${queue} have no /proc: the kernel refuses their sandbox one, as in most containers`,
      );
    return sandbox;
  } catch (error) {
    const why = `commands of ${queue} cannot run in a sandbox: ${(error as Error).message}`;
    const others = mode === 'bwrap' ? ['COMMAND_SANDBOX is bwrap'] : beyondLoopback(reach);
    if (others.length > 0) throw refused(why, others, error);
    log.warn(`${why}; they run without one, as the account of this worker (${waysOut})`);
    return undefined;
  }
}

/** Else a mistake in the setting would look as if no sandbox could be made. */
async function requireThere(readable: readonly string[]): Promise<void> {
  for (const path of readable)
    await access(path).catch((error: unknown) => {
      throw new SetupError(
        `COMMAND_READABLE names ${path}, which cannot be found (${systemErrorCode(error)}): correct it, or take it away`,
        { cause: error },
      );
    });
}

const waysOut =
  'install bubblewrap and allow user namespaces, or say COMMAND_SANDBOX=off to accept that; docs/security.md';

const refused = (why: string, reasons: readonly string[], cause: unknown) =>
  new SetupError(
    `${why.replace(/\.$/, '')}. The worker does not go on without one, as ${reasons.join(' and ')}: ${waysOut}`,
    {
      cause,
    },
  );

/** What of the settings says that others than this machine are served, a half sentence each. */
function beyondLoopback({ apiHost, databaseUrl, temporalAddress }: Reach): string[] {
  const hosts = (readDatabaseAddress(databaseUrl)?.hosts ?? []).map(hostOf);
  const remote = hosts.filter((host) => !host.startsWith('/') && !isLoopback(host));
  return [
    ...(isLoopback(apiHost) ? [] : [`API_HOST is ${apiHost}`]),
    ...(remote.length === 0 ? [] : [`DATABASE_URL names the host ${remote.join(', ')}`]),
    ...(isLoopback(temporalAddress) ? [] : [`TEMPORAL_ADDRESS is ${temporalAddress}`]),
  ];
}

/** An address without a host is that of a socket on this machine. */
function hostOf(address: string): string {
  const url = new URL(address.replace('@/', '@localhost/').replace('///', '//localhost/'));
  return url.searchParams.get('host') || decodeURIComponent(url.hostname) || 'localhost';
}
