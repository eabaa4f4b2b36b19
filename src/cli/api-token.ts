import { runDatabaseCommand } from '../platform/database-command.ts';
import { engineSettingsSource } from '../settings/engine.ts';
import { loadApplication, sourceOf } from './application.ts';
import { type Command, UsageError } from './command.ts';
import { tokenCommand, usageOf } from './token.ts';

const call = 'switchyard token';
const usage = `${usageOf(call)}
each also with --app FILE`;

export const apiToken: Command = {
  help: `${usage}

Makes, lists and revokes tokens of the API. A token is shown once.

  switchyard token create shop --scopes read`,

  async run(args) {
    const { file, rest } = withoutApplication(args);
    const source = file === undefined ? engineSettingsSource : sourceOf(await loadApplication(file));
    await runDatabaseCommand('token', source, tokenCommand(call), rest);
  },
};

/** What `--app` names, and the words that tokenCommand reads. */
function withoutApplication([...rest]: readonly string[]): { file: string | undefined; rest: string[] } {
  const at = rest.indexOf('--app');
  const [, file] = at < 0 ? [] : rest.splice(at, 2);
  if (at >= 0 && file === undefined) throw new UsageError(usage);
  return { file, rest };
}
