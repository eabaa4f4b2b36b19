import { runProcess } from '../platform/process.ts';
import { applicationFlag, loadApplication, sourceOf } from './application.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { roles } from './roles.ts';

const usage = `usage: switchyard start ${[...roles.keys()].join('|')} --app FILE`;

export const start: Command = {
  help: `${usage}

Runs one process of the application in FILE until SIGTERM or SIGINT.

  switchyard start starter --app application.js`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, { options: applicationFlag, words: 1 });
    const [name = ''] = words;
    const role = roles.get(name);
    if (role === undefined || flags.app === undefined) throw new UsageError(usage);
    const application = await loadApplication(flags.app);
    await runProcess(name, sourceOf(application), (context) => role(context, application));
  },
};
