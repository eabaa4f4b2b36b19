import { aborted, environment } from 'pg-switchyard';
import { runProcess, type ServerContext } from '../process.ts';
import { readArguments, type StartArguments, usage } from './arguments.ts';
import { DataDir } from './data-dir.ts';
import { showDemo } from './demo.ts';
import { type Demonstration, prepareDemonstrations } from './demonstrations.ts';
import { guide } from './guide.ts';
import { showConversions, shown, showSteps } from './show.ts';
import { Stack } from './stack.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** `npm start`: everything up, PDFs converted, and up it stays until Ctrl-C. Answers the exit code. */
async function start({ settings, log, signal }: ServerContext): Promise<number> {
  const own = environment();
  const callerDir = own['INIT_CWD'] ?? process.cwd();
  const args = await readArguments(process.argv.slice(2), callerDir);
  if (args.help) {
    process.stdout.write(usage);
    return 0;
  }
  log.level = 'warn';
  let say = print;
  const shows = await prepareDemonstrations(args.queue, args.dataDir, settings);
  const env = { ...own, ...shows.env };
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
    const allWell = await showAll(shows.all, stack, args, signal);
    if (args.exit) return allWell ? 0 : 1;
    const at = { ...stack.addresses, databaseUrl: stack.databaseUrl };
    if (!signal.aborted) print(await guide(at, { ...args, callerDir, queues: shows.queues }));
    await aborted(signal);
    return 0;
  } finally {
    print('\nending …');
    await stack.stop();
    await dataDir.release();
    print(`ended; the data stays in ${shown(args.dataDir)}`);
  }
}

/** One demonstration after the other. Answers whether all came out well. */
async function showAll(
  all: readonly Demonstration[],
  stack: Stack,
  args: StartArguments,
  signal: AbortSignal,
): Promise<boolean> {
  const { api } = stack.addresses;
  let allWell = true;
  for (const demonstration of all) {
    if (signal.aborted) break;
    if (all.length > 1) print(`\n── ${demonstration.queue} ──`);
    const well =
      demonstration.demo === undefined
        ? await showConversions({ api, dataDir: args.dataDir, files: args.files, signal })
        : await showDemo({
            ...demonstration,
            databaseUrl: stack.databaseUrl,
            page: api,
            nobodyThere: args.exit,
            print,
            signal,
          });
    allWell &&= well;
  }
  return allWell;
}

await runProcess('start', start);
