import { type ProcessContext, runProcess } from '../platform/process.ts';
import { type EngineSettings, engineSettingsSource } from '../settings/engine.ts';
import { applicationFlag, loadApplication, sourceOf } from './application.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { roles } from './roles.ts';
import { runStock, stockRoles } from './stock-roles.ts';

const names = [...roles.keys()].join('|');
const usage = `usage: switchyard start [${names}]
       switchyard start ${names} --app FILE`;

export const start: Command = {
  help: `${usage}

Runs a process until SIGTERM or SIGINT. It serves all watched queues of the registry, or those that QUEUES names; with
@temporalio/worker installed, webhooks and redrives too. A database that has no schema of Switchyard gets it first. With a name it is that
part alone; with --app, of the application in FILE.

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
  if (name === undefined) return runProcess('switchyard', engineSettingsSource, startAll);
  const run = stockRoles.get(name);
  if (run === undefined) throw new UsageError(usage);
  await runProcess(name, engineSettingsSource, run);
}

async function startAll(context: ProcessContext<EngineSettings>): Promise<void> {
  if (context.settings.databases !== undefined) return runStock(context);
  const { makeFirstSchema } = await import('./first-schema.ts');
  await makeFirstSchema(context);
  if (!context.signal.aborted) await runStock(context);
}
