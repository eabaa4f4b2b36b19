import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testSandbox } from '../../../../test/support/sandbox.ts';
import { runCommand } from '../../commands/run-command.ts';
import { sshProxyCommand } from '../../sandbox/launch.ts';

const { sandbox, note } = testSandbox;
let server: Server;
let place: string;
beforeAll(async () => {
  server = createServer((_, answer) => answer.end('heard'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const run = async (script: string, egress: readonly string[]) => {
  const heard: Buffer[] = [];
  await runCommand({
    ...{
      command: 'sh',
      args: ['-c', script, 'sh', process.execPath],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
    },
    ...{ memoryMiB: 1_024, timeoutMs: 60_000, signal: new AbortController().signal },
    onOutput: (chunk) => heard.push(chunk),
    confinement: sandbox && { sandbox, policy: { writable: [], egress } },
  }).catch((error: unknown) => heard.push(Buffer.from(String(error))));
  return Buffer.concat(heard).toString();
};

describe.runIf(sandbox)(`from the sandbox${note}`, () => {
  test('a program reaches a listed host by the proxy of its environment, and nothing past it', async () => {
    const fetching = (proxied: boolean) =>
      `${proxied ? 'NO_PROXY= no_proxy=' : 'NODE_USE_ENV_PROXY='} "$1" -e 'fetch("http://${place}/").then((a) => a.text()).then(console.log)'`;
    expect(await run(fetching(true), [place])).toContain('heard');
    expect(await run(fetching(false), [place])).toContain('ECONNREFUSED');
    expect(await run(fetching(false), [])).toContain('ECONNREFUSED');
  });

  test('ssh gets a tunnel to a listed host, and is told why not to another', async () => {
    const [host = '', port = ''] = place.split(':');
    const tunnel = (to: string) =>
      `printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | ${sshProxyCommand.replace('%h:%p', to)}`;
    expect(await run(tunnel(`${host}:${port}`), [place])).toContain('heard');
    expect(await run(tunnel('localhost:22'), [place])).toContain('localhost:22: HTTP/1.1 403');
  });

  test('a variable with a NUL in it, which would go on as an option of bwrap, is refused', async () => {
    const options = { command: 'true', args: [], cwd: '/', env: { BUILD_BRANCH: 'a\0--share-net' } };
    const confinement = sandbox && { sandbox, policy: { writable: [] } };
    const { signal } = new AbortController();
    await expect(runCommand({ ...options, memoryMiB: 256, signal, confinement })).rejects.toThrow(
      /holds a NUL character: "a\\u0000--share-net"/,
    );
  });

  test('the command’s exit code and signal are told as without a way out', async () => {
    expect(await run('exit 3', [place])).toContain('sh ended with exit code 3');
    expect(await run('kill -9 $$', [place])).toContain('sh was ended by SIGKILL');
  });
});
