import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allowedEnvironment } from '../../../../src/platform/environment.ts';
import { isAlive } from '../../../../test/support/processes.ts';
import { until } from '../../../../test/support/until.ts';
import { cappedWriter } from '../../commands/capped-writer.ts';
import { commandProcesses } from '../../commands/command-processes.ts';
import { type RunOptions, runCommand } from '../../commands/run-command.ts';
import { CommandFailed, startCommand } from '../../commands/start-command.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-command-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = (script: string, more: Partial<RunOptions> = {}): RunOptions => ({
  command: 'sh',
  args: ['-c', script],
  cwd: folder,
  env: allowedEnvironment(['PATH']),
  timeoutMs: 60_000,
  memoryMiB: 1024,
  signal: new AbortController().signal,
  ...more,
});

/** Starts a grandchild that would run for an hour and writes its id to `file`. */
const leaves = (file: string, by = '') => `${by} sh -c 'echo $$ > ${file}; exec sleep 3600' &`;
const pidIn = (file: string) =>
  until(async () => Number(await readFile(join(folder, file), 'utf8').catch(() => '')) || undefined);

const failure = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'no failure',
    (error) => error,
  );

describe('a command', () => {
  test('returns its output, reads its input, and runs in its folder', async () => {
    const { stdout } = await runCommand(options('cat; pwd', { input: 'given\n' }));
    expect(stdout).toBe(`given\n${folder}\n`);
  });

  test('sees only the allowed part of the environment', async () => {
    process.env['SECRET_OF_TEST'] = 'hidden';
    const { stdout } = await runCommand(options('env')).finally(() => {
      delete process.env['SECRET_OF_TEST'];
    });
    const names = stdout.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    expect(names.filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name)).sort()).toEqual([
      'PATH',
      'SWITCHYARD_COMMAND',
    ]);
  });

  test('that fails is reported with its exit code and last words', async () => {
    const error = await failure(runCommand(options('echo out; echo "no such thing" >&2; exit 3')));
    expect(error).toMatchObject({ reason: 'exit', message: 'sh ended with exit code 3: no such thing' });
  });

  test.each<[string, Partial<RunOptions>, RegExp]>([
    [
      'is not there',
      { command: 'no-such-command' },
      /^no-such-command could not be started: no folder of PATH \(.*bin.*\) has such a program: .* \(ENOENT\)$/,
    ],
    [
      'is not where its path says',
      { command: '/no/such/file' },
      /^\/no\/such\/file could not be started: there is no such file.*\(ENOENT\)$/,
    ],
    [
      'is no program',
      { command: '/etc' },
      /^\/etc could not be started: .* may not execute it: .*\(EACCES\)$/,
    ],
    [
      'has no folder to run in',
      { cwd: '/no/such/folder' },
      /^sh could not be started: its working folder is not there \(ENOENT\)$/,
    ],
    [
      'has long arguments',
      { args: ['x'.repeat(4_000_000)] },
      /arguments and environment are too long \(E2BIG\)$/,
    ],
  ])('that %s is told with the reason', async (_, more, message) => {
    const error = await failure(runCommand(options('true', more)));
    expect(error).toMatchObject({ reason: 'start', message: expect.stringMatching(message) });
  });

  test('is called in errors by the title that it is given', async () => {
    const error = await failure(runCommand(options('exit 3', { title: 'sh fetch' })));
    expect(error).toMatchObject({ message: 'sh fetch ended with exit code 3' });
  });

  test('writes both outputs to a log, each as it comes', async () => {
    const written: Buffer[] = [];
    const onOutput = (chunk: Buffer) => written.push(chunk);
    const { stdout } = await runCommand(options('echo out; echo err >&2', { onOutput }));
    expect(Buffer.concat(written).toString().split('\n').sort()).toEqual(['', 'err', 'out']);
    expect(stdout).toBe('out\n');
  });

  test('whose log is full goes on', async () => {
    const output = new PassThrough();
    const written = text(output);
    const script = 'for i in 1 2 3 4 5 6 7 8; do echo "12345678$i"; done; echo end';
    const { stdout } = await runCommand(options(script, { onOutput: cappedWriter(output, 25) }));
    output.end();
    expect(await written).toBe('123456781\n123456782\n12345\n[cut: the output is larger than 25 bytes]\n');
    expect(stdout).toMatch(/end\n$/);
  });

  test('that shares its log with another gets the room that the other left', async () => {
    const output = new PassThrough();
    const written = text(output);
    const onOutput = cappedWriter(output, 7);
    for (const word of ['one', 'two', 'three']) await runCommand(options(`echo ${word}`, { onOutput }));
    output.end();
    expect(await written).toBe('one\ntwo\n[cut: the output is larger than 7 bytes]\n');
  });
});

describe('all processes of a command are ended', () => {
  test('when its time is over', async () => {
    const error = await failure(runCommand(options(`${leaves('a')} wait`, { timeoutMs: 500 })));
    expect(error).toMatchObject({ reason: 'timeout', message: 'sh took longer than 500 ms' });
    expect(await isAlive(await pidIn('a'))).toBe(false);
  });

  const hungry = `node -e 'globalThis.kept = Buffer.alloc(${200 * 1024 * 1024}, 1); setInterval(() => 0, 1000)'`;
  test('when they hold too much memory together', async () => {
    const error = await failure(runCommand(options(`${hungry} & wait`, { memoryMiB: 150 })));
    expect(error).toMatchObject({ reason: 'memory', message: 'sh took more than 150 MiB of memory' });
  });

  test.runIf(process.platform === 'linux')(
    'when one holds too much memory that has left their group and session',
    async () => {
      const script = `setsid ${hungry} & sleep 3600`;
      const error = await failure(runCommand(options(script, { memoryMiB: 150, timeoutMs: 20_000 })));
      expect(error).toMatchObject({ reason: 'memory' });
    },
  );

  test('when it is aborted, with the reason of the abort', async () => {
    const abort = new AbortController();
    const run = failure(runCommand(options(`${leaves('a')} wait`, { signal: abort.signal })));
    const pid = await pidIn('a');
    abort.abort(new Error('canceled'));
    expect(await run).toMatchObject({ message: 'canceled' });
    expect(await isAlive(pid)).toBe(false);
  });

  test('when it has ended by itself and left some behind', async () => {
    await runCommand(options(`${leaves('a')} while ! [ -s a ]; do sleep 0.01; done`));
    expect(await isAlive(await pidIn('a'))).toBe(false);
  });

  test.runIf(process.platform === 'linux')('when they have left its group and session', async () => {
    await runCommand(options(`${leaves('a', 'setsid')} while ! [ -s a ]; do sleep 0.01; done`));
    expect(await isAlive(await pidIn('a'))).toBe(false);
  });

  test.runIf(process.platform === 'linux')('when they have dropped its environment, too', async () => {
    const script = `${leaves('a', 'setsid env -i PATH="$PATH"')} while ! [ -s a ]; do sleep 0.01; done; exec sleep 3600`;
    const running = await startCommand(options(script));
    const pid = await pidIn('a');
    await commandProcesses.look(); // while its parent runs
    await running.stop();
    expect(await isAlive(pid)).toBe(false);
  });

  test('when the process that started it is killed', async () => {
    const starter = `
      import { startCommand } from './pipelines/lib/commands/start-command.ts';
      await startCommand({ command: 'sh', args: ['-c', process.argv[1]], cwd: ${JSON.stringify(folder)},
        env: { PATH: process.env.PATH }, memoryMiB: 1024, signal: new AbortController().signal });`;
    const script = `${leaves('a')} ${process.platform === 'linux' ? leaves('b', 'setsid') : leaves('b')} wait`;
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', starter, script]);
    const pids = [await pidIn('a'), await pidIn('b')];
    parent.kill('SIGKILL');
    await until(async () => (await Promise.all(pids.map(isAlive))).every((alive) => !alive));
  });
});

test('a command that goes on answers line by line, until it is stopped', async () => {
  const running = await startCommand(options('while read line; do echo "heard $line"; done'));
  const heard = new Promise((done) => running.stdout.once('data', (chunk) => done(String(chunk))));
  running.stdin.write('one\n');
  expect(await heard).toBe('heard one\n');
  await running.stop();
  expect(await running.ended).toEqual({ code: null, signal: 'SIGKILL' });
});

test('nothing is started for a signal that is aborted already', async () => {
  const error = await failure(runCommand(options('true', { signal: AbortSignal.abort(new Error('late')) })));
  expect(error).not.toBeInstanceOf(CommandFailed);
  expect(error).toMatchObject({ message: 'late' });
});
