import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../../../server/dev/ports.ts';
import { compileCache } from '../../../../server/dev/roles.ts';
import { allowedEnvironment } from '../../../../src/platform/environment.ts';
import { Elicitations, ToolAsks } from '../../run/elicitation.ts';
import { McpServers } from '../../run/mcp-servers.ts';
import type { McpServer } from '../../settings.ts';
import { serverFile } from '../support/agents.ts';

let folder: string;
let http: { url: string; stop: () => void };
let lines: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-mcp-'));
  const port = await freePort();
  const child = spawn(process.execPath, [serverFile, '--http', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  http = { url: `http://127.0.0.1:${port}/mcp`, stop: () => child.kill() };
});
afterAll(async () => {
  http.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  lines = [];
});

const program = (...args: string[]): McpServer => ({ command: process.execPath, args, env: {} });
const authorized = () => ({ url: http.url, headers: { authorization: 'Bearer of-the-test-server' } });

/** One call of a tool of a server that is connected for it. */
async function callOf(
  server: McpServer,
  tool: string,
  args = {},
  asked = new Elicitations([]),
  silenceMs = 20_000,
) {
  const servers = new McpServers({
    servers: new Map([['own', server]]),
    limits: { silenceMs, mostMs: 30_000, memoryMiB: 1_024, maxMessageBytes: 100_000 },
    workspace: { path: folder, home: folder },
    env: { ...compileCache, ...allowedEnvironment(['PATH']) },
    signal: new AbortController().signal,
    say: (line) => lines.push(line),
    onProgress: () => undefined,
  });
  try {
    return await servers.call(
      { step: 'a', server: 'own', tool, arguments: args, timeoutMs: undefined },
      asked,
    );
  } finally {
    await servers.close();
  }
}
const failureOf = (...args: Parameters<typeof callOf>) =>
  callOf(...args).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a failure says why, and is final when it would be the same again:', () => {
  test.each([
    ['its structured content', 'fail_structured', {}, false, /says: \{"reason":"quota","left":0\}$/],
    [
      'how its server ended',
      'die_talking',
      {},
      true,
      /the server ended: it exited with code 7; it said last: .*out of licences$/s,
    ],
  ])('%s', async (_, tool, args, retryable, message) => {
    const error = await failureOf(program(serverFile), tool, args);
    expect(error).toMatchObject({ code: 'TOOL_FAILED', retryable, message: expect.stringMatching(message) });
  });

  test.each(['a program', 'an address'])(
    'an answer of %s over the limit, which the tool gave once',
    async (kind) => {
      const file = join(folder, `${kind}.calls`);
      const server = kind === 'a program' ? program(serverFile) : authorized();
      const error = await failureOf(server, 'count_calls', { file, bytes: 300_000 });
      expect(error).toMatchObject({
        code: 'TOOL_FAILED',
        retryable: false,
        message: expect.stringMatching(/100000 bytes \(AGENT_MAX_RESULT\)/),
      });
      expect(await readFile(file, 'utf8')).toBe('called\n');
    },
  );

  test('a program that does not answer at all', async () => {
    const error = await failureOf(program('-e', 'setInterval(() => {}, 1000)'), 'x', {}, undefined, 500);
    expect(error).toMatchObject({
      code: 'TOOL_TIMEOUT',
      message: 'own took too long: it did not answer "initialize" within 500 ms (AGENT_TOOL_TIMEOUT)',
    });
  });

  test('an address where nobody listens', async () => {
    const error = await failureOf({ url: `http://127.0.0.1:${await freePort()}/mcp`, headers: {} }, 'x');
    expect(error).toMatchObject({
      code: 'TOOL_FAILED',
      retryable: true,
      message: expect.stringMatching(/ECONNREFUSED 127\.0\.0\.1:\d+/),
    });
  });

  test.each([
    [401, false],
    [404, false],
    [302, false],
    [429, true],
    [503, true],
    [200, false],
  ])('an HTTP server that answers %i', async (status, retryable) => {
    const server = createServer((_, response) =>
      response.writeHead(status, { location: '/elsewhere', 'content-type': 'text/html' }).end('<p>no</p>'),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const error = await failureOf({ url: `http://127.0.0.1:${port}/`, headers: {} }, 'x');
    server.close();
    expect(error).toMatchObject({ code: 'TOOL_FAILED', retryable });
  });
});

describe('tools', () => {
  test('of all pages are known, and one that none of them lists is refused before it is called', async () => {
    expect(await callOf(program(serverFile, '--paged'), 'second')).toMatchObject({ content: [] });
    expect(await failureOf(program(serverFile, '--paged'), 'fourth')).toMatchObject({
      code: 'PLAN_INVALID',
      message: 'step "a" calls the tool "fourth" of "own", which offers first, second, promises',
    });
  });

  test('get no arguments that they do not take', async () => {
    expect(await failureOf(program(serverFile, '--paged'), 'first', { n: 'x' })).toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringMatching(/do not fit own\/first: data\/n must be number/),
    });
  });

  test('answer as their outputSchema says, or fail', async () => {
    expect(await callOf(program(serverFile, '--paged'), 'promises', { n: 1 })).toMatchObject({
      structuredContent: { sum: 1 },
    });
    expect(await failureOf(program(serverFile, '--paged'), 'promises')).toMatchObject({
      code: 'TOOL_FAILED',
      retryable: false,
      message: expect.stringMatching(/does not fit its outputSchema: data\/sum must be number/),
    });
  });

  test('are heard: their log, and progress that comes with the answer', async () => {
    await callOf(program(serverFile), 'talk');
    expect(lines).toContain('own: [warning] pages: {"low":"disk"}');
    await callOf(program(serverFile), 'hurry');
    expect(lines.join('\n')).toContain('own/hurry: 1 nearly there');
    expect(lines.join('\n')).not.toContain('unknown token');
  });

  test('that ask end their call with the first question that nobody answered', async () => {
    const path = join(folder, 'asked.json');
    const error = await failureOf(program(serverFile), 'ask', { path, twice: true });
    expect(error).toBeInstanceOf(ToolAsks);
    const { question } = error as ToolAsks;
    const first = { message: question.message, schema: question.requestedSchema, action: 'decline' as const };
    const second = await failureOf(
      program(serverFile),
      'ask',
      { path, twice: true },
      new Elicitations([first]),
    );
    expect(second).toMatchObject({ question: { message: 'Which sign?' }, before: [first] });
    const changed = { ...first, message: 'Which colour?' };
    const again = await failureOf(program(serverFile), 'ask', { path }, new Elicitations([changed]));
    expect(again).toMatchObject({ question: { message: 'Which name?' }, before: [] });
  });
});
