import { runProcess } from '../platform/process.ts';
import { engineSettingsSource } from '../settings/engine.ts';
import { applicationFlag, loadApplication, sourceOf } from './application.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { roles } from './roles.ts';
import { runStock, stockRoles } from './stock-roles.ts';

const names = [...roles.keys()].join('|');
const usage = `usage: switchyard start [${names}]
       switchyard start ${names} --app FILE`;

export const start: Command = {
  help: `${usage}

Runs a process until SIGTERM or SIGINT. It serves all watched queues of the registry, or those that QUEUES names: the starter alone, and
with @temporalio/worker installed webhooks and redrives too; or the one part that is named. With --app it runs one part of the
application in FILE.

Settings are environment variables: DATABASE_URL, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, QUEUES, HEALTH_PORT …

  switchyard start
  switchyard start starter --app application.js`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, { options: applicationFlag, words: 1 });
    const [name] = words;
    if (flags.app === undefined) return startStock(name);
    const role = roles.get(name ?? '');
    if (name === undefined || role === undefined) throw new UsageError(usage);
    const application = await loadApplication(flags.app);
    await runProcess(name, sourceOf(application), (context) => role(context, application));
  },
};

async function startStock(name: string | undefined): Promise<void> {
  const run = name === undefined ? runStock : stockRoles.get(name);
  if (run === undefined) throw new UsageError(usage);
  await runProcess(name ?? 'switchyard', engineSettingsSource, run);
}
