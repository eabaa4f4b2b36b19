// `npm run temporal-cluster`: a Temporal cluster on this machine, built from its source once, until Ctrl-C.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startTemporalCluster } from '../server/dev/temporal-cluster/start.ts';

const usage = `npm run temporal-cluster -- [--port N] [--shards N] [--processes N] [--data-dir DIR]

Builds the Temporal server (Go must be installed; once, some 8 minutes of one core) and starts it on a Postgres of its own, each service a
process of its own, with the namespace "default". It stays up until Ctrl-C. To run on it: TEMPORAL_ADDRESS=127.0.0.1:7233 npm start

  --port N         of the frontend (default 7233)
  --shards N       shards of history (default 16); those of a data folder cannot be changed
  --processes N    processes of history, and of matching (default 1)
  --data-dir DIR   where it keeps its data and logs (default .data/temporal-cluster)
  --help           this text
`;

const print = (line: string) => void process.stdout.write(`${line}\n`);

function wholeNumber(name: string, given: string, least: number, most: number): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(given)}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '7233' },
      shards: { type: 'string', default: '16' },
      processes: { type: 'string', default: '1' },
      'data-dir': { type: 'string', default: '.data/temporal-cluster' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(usage);
  const stopped = new Promise<string>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done(signal));
  });
  const cluster = await startTemporalCluster({
    folder: resolve(values['data-dir']),
    port: wholeNumber('port', values.port, 1, 65_535),
    shards: wholeNumber('shards', values.shards, 1, 16_384),
    processes: wholeNumber('processes', values.processes, 1, 16),
    say: print,
  });
  const pids = Object.entries(cluster.pids).map(([name, pid]) => `${name} ${pid}`);
  print(`Temporal answers at ${cluster.address} (${pids.join(', ')})`);
  const why = await Promise.race([stopped, cluster.ended]);
  print(`ending: ${why}`);
  await cluster.stop(20_000);
  if (!why.startsWith('SIG')) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
