import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError } from '../../src/platform/errors.ts';
import { startFuzzDatabase } from './database.ts';
import type { Target } from './target.ts';
import { targets } from './targets.ts';
import { type Outcome, runWatched } from './watch.ts';

const usage = `npm run fuzz [-- --seed N] [--cases N] [TARGET …]

${targets.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join('\n')}

  --seed N    repeats a run; by chance without
  --cases N   of all targets together, each with its share (default 100000)
`;

const print = (line: string) => void process.stdout.write(`${line}\n`);
const mib = (bytes: number) => Math.round(bytes / 1024 / 1024);

function wholeNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new SetupError(`--${name} must be a whole number, got ${JSON.stringify(text)}.\n\n${usage}`);
}

function chosen(names: readonly string[]): readonly Target[] {
  for (const name of names) {
    if (targets.some((target) => target.name === name)) continue;
    throw new SetupError(`There is no target ${JSON.stringify(name)}.\n\n${usage}`);
  }
  return names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name));
}

function lineOf(target: Target, { cases, seconds, before, after, violation }: Outcome): string {
  const memory = `rss ${mib(before.rss)} → ${mib(after.rss)} MiB, in use ${mib(before.used)} → ${mib(after.used)} MiB`;
  const end = violation === undefined ? 'ok' : 'VIOLATION';
  return `${target.name.padEnd(16)} ${String(cases).padStart(6)} cases ${seconds.toFixed(0).padStart(5)} s  ${memory}  ${end}`;
}

async function runAll(all: readonly Target[], options: { cases: number; seed: number }): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-fuzz-'));
  const database = await startFuzzDatabase(folder);
  let [cases, violations] = [0, 0];
  try {
    print(`fuzz: seed=${options.seed}`);
    const shares = all.reduce((sum, target) => sum + target.cases, 0);
    for (const target of all) {
      const own = join(folder, target.name);
      await mkdir(own);
      const outcome = await runWatched({
        name: target.name,
        cases: Math.ceil((options.cases * target.cases) / shares),
        seed: options.seed,
        databaseUrl: await database.create(target.name),
        folder: own,
      });
      print(lineOf(target, outcome));
      cases += outcome.cases;
      if (outcome.violation === undefined) continue;
      violations += 1;
      print(
        `\n${outcome.violation}\nAgain: npm run fuzz -- --seed ${options.seed} --cases … ${target.name}\n`,
      );
    }
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
  print(`fuzz: seed=${options.seed} cases=${cases} violations=${violations}`);
  return violations === 0 ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      cases: { type: 'string' },
      fuzz: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    print(usage);
    return 0;
  }
  const seed = wholeNumber('seed', values.seed, Math.floor(Math.random() * 1_000_000));
  return runAll(chosen(positionals), { seed, cases: wholeNumber('cases', values.cases, 100_000) });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof SetupError ? error.message : String(error)}\n`);
  return 1;
});
