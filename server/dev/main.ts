import { mkdir } from 'node:fs/promises';
import { aborted, environment, SetupError } from 'pg-switchyard';
import { runProcess, type ServerContext } from '../process.ts';
import { servedQueues } from '../queues.ts';
import type { Settings } from '../settings.ts';
import { readArguments, usage } from './arguments.ts';
import { DataDir, type StackAddresses } from './data-dir.ts';
import { demoFolder, demoNames, loadDemo, showDemo } from './demo.ts';
import { showConversions, shown, showSteps } from './show.ts';
import { Stack } from './stack.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** `npm start`: everything up, PDFs converted, and up it stays until Ctrl-C. Answers the exit code. */
async function start({ settings, log, signal }: ServerContext): Promise<number> {
  const own = environment();
  const args = await readArguments(process.argv.slice(2), own['INIT_CWD'] ?? process.cwd());
  if (args.help) {
    process.stdout.write(usage);
    return 0;
  }
  log.level = 'warn';
  let say = print;
  const demo = args.queue === undefined ? undefined : await prepareDemo(args.queue, args.dataDir, settings);
  const env = { ...own, ...demo?.env };
  const dataDir = await DataDir.take(args.dataDir, print);
  const stack = new Stack({ settings, env, dataDir, log, say: (line) => say(line) });
  try {
    const onStep = (step: { output: string }) => {
      say = (line) => {
        step.output = line;
      };
    };
    await showSteps(stack.steps, { signal, onStep });
    say = print;
    if (signal.aborted) return 0;
    print('');
    const { api } = stack.addresses;
    const allComplete =
      demo === undefined
        ? await showConversions({ api, dataDir: args.dataDir, files: args.files, signal })
        : await showDemo({ ...demo, databaseUrl: stack.databaseUrl, print, signal });
    if (args.exit) return allComplete ? 0 : 1;
    print(guide(stack.addresses, args.dataDir, demo !== undefined));
    await aborted(signal);
    return 0;
  } finally {
    print('\nending …');
    await stack.stop();
    await dataDir.release();
    print(`ended; the data stays in ${shown(args.dataDir)}`);
  }
}

/** Makes ready what the demo of a queue needs, before anything runs. */
async function prepareDemo(queue: string, dataDir: string, settings: Settings) {
  servedQueues({ ...settings, queues: [queue] }); // refuses what is no queue
  const demo = await loadDemo(queue);
  if (demo === undefined)
    throw new SetupError(
      `The queue "${queue}" has no demo; those with one are invoices, ${(await demoNames()).join(', ')}`,
    );
  const folder = demoFolder(dataDir, queue);
  await mkdir(folder, { recursive: true });
  return { demo, folder, env: { QUEUES: queue, ...(await demo.prepare(folder, settings)) } };
}

function guide(at: StackAddresses, dataDir: string, isDemo: boolean): string {
  const toTry = isDemo
    ? `psql ${at.postgres}
       and the statements above again, or those of docs/sql.md`
    : `curl -X POST ${at.api}/api/upload -F file=@invoice.pdf
       psql ${at.postgres} -c 'SELECT original_name, status, error_code FROM jobs ORDER BY created_at'`;
  return `
Switchyard runs.
  API               ${at.api}
  Temporal Web UI   ${at.temporalUi ?? `(of ${at.temporal})`}
  Database          ${at.postgres}
  Results and logs  ${shown(dataDir)}/results, ${shown(dataDir)}/logs

Try    ${toTry}
Ctrl-C ends everything and keeps the data.`;
}

await runProcess('start', start);
