import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';

/** A process that says when it is asked to stop, and then does not. */
const stubborn = `
  import { onShutdownSignal } from './src/platform/shutdown.ts';
  const log = { info: () => undefined };
  const signal = onShutdownSignal(log as never);
  signal.addEventListener('abort', () => console.log('asked'));
  setInterval(() => undefined, 1000);
  console.log('ready');
`;

function run() {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', stubborn]);
  const said = (word: string) =>
    new Promise<void>((done) => child.stdout.on('data', (chunk) => String(chunk).includes(word) && done()));
  const ended = new Promise<number | null>((done) => child.on('exit', done));
  return { child, said, ended };
}

describe('a second signal', () => {
  test('ends the process at once with code 130', async () => {
    const { child, said, ended } = run();
    await said('ready');
    const asked = said('asked');
    child.kill('SIGTERM');
    await asked;
    // Sent until it counts: one that comes right behind the first is taken for the same.
    const again = setInterval(() => child.kill('SIGINT'), 50);
    expect(await ended).toBe(130);
    clearInterval(again);
  });

  test('that comes with the first is the same one: npm repeats a Ctrl-C', async () => {
    const { child, said, ended } = run();
    await said('ready');
    const asked = said('asked');
    child.kill('SIGINT');
    child.kill('SIGINT');
    await asked;
    child.kill('SIGINT');
    expect(
      await Promise.race([ended, new Promise((done) => setTimeout(() => done('still there'), 200))]),
    ).toBe('still there');
    child.kill('SIGKILL');
    await ended;
  });
});
