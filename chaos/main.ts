import { secretValues } from '../server/settings.ts';
import { SetupError } from '../src/platform/errors.ts';
import { createLogger } from '../src/platform/logging.ts';
import { onShutdownSignal } from '../src/platform/shutdown.ts';
import { readArguments, usage } from './arguments.ts';
import type { Problem } from './problem.ts';
import { runChaos } from './run.ts';
import { sumOf } from './settle.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** What else `npm run chaos` can do, by the flag that chooses it: programs of their own, which read their arguments. */
const programs: Record<string, string> = {
  '--fuzz': './fuzz/main.ts',
  '--crash-points': './crash-points/main.ts',
};

async function main(args: readonly string[]): Promise<number> {
  const flag = args.find((arg) => arg in programs);
  if (flag !== undefined) {
    process.argv.splice(process.argv.indexOf(flag), 1);
    await import(programs[flag] ?? '');
    return Number(process.exitCode ?? 0);
  }
  if (args.includes('--help')) {
    print(usage);
    return 0;
  }
  return runFaults(args);
}

async function runFaults(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  const log = createLogger({ logLevel: 'warn', logFormat: 'auto', workerId: 'chaos' }, 'chaos', {
    secrets: secretValues(),
  });
  const signal = onShutdownSignal(log);
  try {
    const { faults, counts, problems } = await runChaos(options, { log, signal, say: print });
    const count = (kind: Problem['kind']) => problems.filter((problem) => problem.kind === kind).length;
    print(
      `chaos: seed=${options.seed} faults=${faults} jobs=${sumOf(counts)} complete=${sumOf(counts, ['complete'])} ` +
        `failed=${sumOf(counts, ['failed'])} canceled=${sumOf(counts, ['canceled'])} lost=${count('lost')} ` +
        `duplicated=${count('duplicated')} stuck=${count('stuck')} illegal=${count('illegal')}`,
    );
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 130;
    throw error;
  }
}

const code = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof SetupError ? error.message : String((error as Error)?.stack ?? error)}\n`,
  );
  return 1;
});
// A run that was broken off may still be waiting for what has ended.
process.exit(code);
