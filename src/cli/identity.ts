import { runDatabaseCommand } from '../platform/database-command.ts';
import { readDefinitions } from '../registry/noted-definitions.ts';
import { engineSettingsSource } from '../settings/engine.ts';
import type { Command } from './command.ts';
import { identityCommand, usageOf } from './identity-command.ts';

const call = 'switchyard identity';

export const identity: Command = {
  help: `${usageOf(call)}

Says which database this is, or decides it for one that was copied, restored or moved. Until then no process serves it.

  switchyard identity keep`,

  run: (args) =>
    runDatabaseCommand(
      'identity',
      engineSettingsSource,
      async (pool, words) => identityCommand(call, await readDefinitions(pool))(pool, words),
      args,
    ),
};
