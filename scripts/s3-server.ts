// `npm run s3-server`: an S3 server on this machine, built from its source once, until Ctrl-C.
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startS3Server } from '../server/dev/s3/start.ts';

const usage = `npm run s3-server -- [--port N] [--data-dir DIR]

Builds versitygw (Go must be installed; once, some two minutes of one core) and starts it with a bucket "switchyard", until Ctrl-C. It says
what processes need in their environment to keep files there. Once it is built, npm test tries files in it, too.

  --port N         where it listens on loopback (default 7070)
  --data-dir DIR   where it keeps its data and log (default .data/s3)
  --help           this text
`;

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '7070' },
      'data-dir': { type: 'string', default: '.data/s3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(usage);
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--port must be a whole number from 1 to 65535, got ${JSON.stringify(values.port)}`);
  const stopped = new Promise<string>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done(signal));
  });
  const folder = resolve(values['data-dir']);
  await mkdir(folder, { recursive: true });
  const server = await startS3Server({ kind: 'versitygw', folder, port, say: print });
  print(
    `export ${Object.entries(server.env)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  );
  const why = await Promise.race([stopped, server.child.ended]);
  print(`ending: ${why}`);
  await server.child.stop(5_000);
  if (!why.startsWith('SIG')) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
});
