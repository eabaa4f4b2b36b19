import type { Settings } from 'pg-switchyard';
import type { WorkDeps } from 'pg-switchyard/worker';
import type { CommandSettings } from '../commands/settings.ts';
import { openSandbox } from './open-sandbox.ts';
import type { Sandbox } from './policy.ts';

/** Temporal's own default, which its connection takes too. */
const defaultTemporal = 'localhost:7233';

/**
 * The sandbox of a queue's commands, as the settings want it; `undefined`: they run without one.
 * @throws {SetupError}
 */
export function sandboxOf(
  settings: Settings & CommandSettings,
  { queue, client, log }: Pick<WorkDeps, 'queue' | 'client' | 'log'>,
): Promise<Sandbox | undefined> {
  const { apiHost, databaseUrl } = settings;
  const { options } = client.connection as { options?: { address?: string } };
  return openSandbox({
    mode: settings.commandSandbox,
    readable: settings.commandReadable,
    queue: queue.name,
    reach: { apiHost, databaseUrl, temporalAddress: options?.address ?? defaultTemporal },
    log,
  });
}
