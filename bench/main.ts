import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type TemporalKind, temporalKinds } from '../server/dev/temporal-cluster/start.ts';
import { secretValues } from '../server/settings.ts';
import { environment } from '../src/platform/environment.ts';
import { SetupError } from '../src/platform/errors.ts';
import { createLogger } from '../src/platform/logging.ts';
import { onShutdownSignal } from '../src/platform/shutdown.ts';
import { answered } from './answered.ts';
import { attach } from './attach.ts';
import type { Benchmark, Measure } from './benchmark.ts';
import { claim } from './claim.ts';
import { commands } from './commands.ts';
import { BenchContext, type BenchOptions } from './context.ts';
import { doorbell } from './doorbell.ts';
import { idle } from './idle.ts';
import { insert } from './insert.ts';
import { invoices } from './invoices.ts';
import { latency } from './latency.ts';
import { live } from './live.ts';
import { memory } from './memory.ts';
import { quick } from './quick.ts';
import { reconciler } from './reconciler.ts';
import { type BenchmarkResult, describeMachine, saveResults, tableOf } from './report.ts';
import { scaling } from './scaling.ts';
import { starts } from './starts.ts';
import { statements } from './statements.ts';
import { throughput } from './throughput.ts';
import { views } from './views.ts';
import { watched } from './watched.ts';

const benchmarks: readonly Benchmark[] = [
  throughput,
  watched,
  latency,
  statements,
  starts,
  live,
  idle,
  claim,
  answered,
  doorbell,
  insert,
  memory,
  invoices,
  reconciler,
  attach,
  views,
  commands,
];

/** Not among all: one measures again what others do, with less; one measures nothing. */
const named: readonly Benchmark[] = [...benchmarks, quick, scaling];

const usage = `npm run bench [-- NAME …]
       npm run bench -- --quick   ${quick.about}
       npm run bench -- scaling   ${scaling.about}

${benchmarks.map(({ name, about }) => `  ${name.padEnd(11)} ${about}`).join('\n')}

  --temporal dev|real  which Temporal: the development server (default), or a cluster of processes on a Postgres of its own
  BENCH_REPETITIONS   how often each figure is measured (default 5)
  BENCH_ROWS          rows of the large backlog (default 10000000)
`;

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** Above this load the machine has other things to do, and figures say little. */
const quietLoadPerCore = 0.25;

function chosenBenchmarks(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return benchmarks;
  return names.map((name) => {
    const found = named.find((benchmark) => benchmark.name === name);
    if (found === undefined)
      throw new SetupError(`There is no benchmark ${JSON.stringify(name)}.\n\n${usage}`);
    return found;
  });
}

function wholeNumber(name: string, fallback: number, min: number, max: number): number {
  const given = environment()[name] || String(fallback);
  const parsed = z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SetupError(
    `${name} must be a whole number from ${min} to ${max} (default ${fallback}), got ${JSON.stringify(given)}`,
  );
}

/** Runs one benchmark in a context of its own, which is ended whatever happens. */
async function runOne(benchmark: Benchmark, options: BenchOptions, signal: AbortSignal): Promise<Measure[]> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const context = await BenchContext.create(benchmark.name, options);
  try {
    signal.throwIfAborted();
    return await Promise.race([benchmark.run(context), stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    await context.close();
  }
}

async function runAll(chosen: readonly Benchmark[], temporal: TemporalKind): Promise<number> {
  const log = createLogger({ logLevel: 'warn', logFormat: 'auto', workerId: 'bench' }, 'bench', {
    secrets: secretValues(),
  });
  const signal = onShutdownSignal(log);
  const options: BenchOptions = {
    repetitions: wholeNumber('BENCH_REPETITIONS', 5, 1, 1_000),
    backlogRows: wholeNumber('BENCH_ROWS', 10_000_000, 10_000, 100_000_000),
    temporal,
    log,
    say: (line) => print(`  ${line}`),
  };
  const [startedAt, machine] = [new Date(), describeMachine()];
  if (machine.loadBefore > quietLoadPerCore * machine.cores) {
    print(`This machine is busy (load ${machine.loadBefore.toFixed(1)}): the figures will say little.\n`);
  }
  const results: BenchmarkResult[] = [];
  for (const benchmark of chosen) {
    print(`${benchmark.name}: ${benchmark.about}`);
    const began = performance.now();
    const seconds = () => Math.round((performance.now() - began) / 1000);
    try {
      const measures = await runOne(benchmark, options, signal);
      results.push({ benchmark: benchmark.name, seconds: seconds(), measures });
      print(`\n${tableOf(measures)}\n`);
    } catch (error) {
      if (signal.aborted) return 130;
      log.error({ err: error }, `the benchmark ${benchmark.name} failed`);
      results.push({ benchmark: benchmark.name, seconds: seconds(), measures: [], error: String(error) });
    }
  }
  const { repetitions, backlogRows } = options;
  print(
    `All values: ${await saveResults({ startedAt, repetitions, backlogRows, temporal, machine, results })}`,
  );
  return results.some(({ error }) => error !== undefined) ? 1 : 0;
}

function readArguments(args: readonly string[]) {
  const options = {
    help: { type: 'boolean' },
    quick: { type: 'boolean' },
    temporal: { type: 'string', default: 'dev' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new SetupError(`${(error as Error).message}\n\n${usage}`);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args);
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const temporal = temporalKinds.find((kind) => kind === values.temporal);
  if (temporal === undefined)
    throw new SetupError(
      `--temporal must be ${temporalKinds.join(' or ')}, got ${JSON.stringify(values.temporal)}`,
    );
  return runAll(chosenBenchmarks(values.quick ? [quick.name, ...positionals] : positionals), temporal);
}

const code = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof SetupError ? error.message : String(error)}\n`);
  return 1;
});
// A benchmark that was broken off may still be waiting for what has ended.
process.exit(code);
