import { parseArgs } from 'node:util';
import { z } from 'zod';
import { temporalKinds } from '../server/dev/temporal-cluster/start.ts';
import { SetupError } from '../src/platform/errors.ts';
import { faultKinds } from './faults.ts';
import { chooseLoads, loadNames } from './loads/index.ts';
import type { RunOptions } from './run.ts';
import { storageKinds } from './store.ts';

export const usage = `npm run chaos -- [--seconds N] [--seed N] [--jobs N] [--queues A,B] [--faults A,B] [--temporal dev|real] [--storage folders|s3] | --fuzz … | --crash-points …

Real processes under load, disturbed by a plan that the seed decides; then everything is healed and every job is accounted for.

  --seconds N    how long faults are injected (default 60)
  --seed N       decides all faults and what users do (default 1)
  --jobs N       how many jobs are made (default 500)
  --queues A,B   of which queues (default all: ${loadNames.join(', ')})
  --faults A,B   of which kinds (default all: ${faultKinds.join(', ')})
  --temporal X   dev: Temporal's development server (default); real: a cluster, each service a process of its own, on a Postgres of its own
  --storage X    where files are kept: folders (default), or s3: versitygw, an S3 server that is built once (needs Go)
  --fuzz         hostile input instead: see npm run fuzz -- --help
  --crash-points deaths of one process at each of its interactions instead: see npm run crash-points -- --help
  --help         this text
`;

const wholeNumber = (fallback: number, least: number, most: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(least).max(most)).default(fallback);

const names = (all: readonly string[]) =>
  z
    .string()
    .default(all.join(','))
    .transform((list) => list.split(',').map((name) => name.trim()));

const options = {
  seconds: { type: 'string' },
  seed: { type: 'string' },
  jobs: { type: 'string' },
  queues: { type: 'string' },
  faults: { type: 'string' },
  temporal: { type: 'string' },
  storage: { type: 'string' },
} as const;

const values = z.object({
  seconds: wholeNumber(60, 5, 86_400),
  seed: wholeNumber(1, 0, 2 ** 31),
  jobs: wholeNumber(500, 1, 1_000_000),
  queues: names(loadNames),
  faults: names(faultKinds).pipe(z.array(z.enum(faultKinds))),
  temporal: z.enum(temporalKinds).default('dev'),
  storage: z.enum(storageKinds).default('folders'),
});

/** @throws {SetupError} for an option that is not known, or a value that does not fit */
export function readArguments(args: readonly string[]): RunOptions {
  const parsed = values.safeParse(parse(args));
  if (parsed.success) return { ...parsed.data, loads: chooseLoads(parsed.data.queues) };
  const [issue] = parsed.error.issues;
  throw new SetupError(`--${issue?.path.join('.')}: ${issue?.message}\n\n${usage}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new SetupError(`${(error as Error).message}\n\n${usage}`);
  }
}
