import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../server/dev/ports.ts';
import { compileCache } from '../../../server/dev/roles.ts';
import type { RunningWorker } from '../../../test/support/running-worker.ts';
import { until } from '../../../test/support/until.ts';

import { type Agents, call, createAgents, isAlive, serverFile, write } from './support/agents.ts';

let agents: Agents;
let worker: RunningWorker;
const stopHttp = Promise.withResolvers<void>();
beforeAll(async () => {
  const port = await freePort();
  const server = spawn(process.execPath, [serverFile, '--http', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  void stopHttp.promise.then(() => server.kill());
  const tools = {
    command: process.execPath,
    args: [serverFile],
    env: { ...compileCache, GIVEN: 'to the server' },
  };
  const url = `http://127.0.0.1:${port}/mcp`;
  agents = await createAgents({
    env: {
      MCP_SERVERS: JSON.stringify({
        tools,
        remote: { url, headers: { authorization: 'Bearer of-the-test-server' } },
        stranger: { url },
        nowhere: { command: 'no-such-program' },
      }),
      AGENT_MAX_RESULT: '100000',
    },
  });
  worker = await agents.startWorker();
}, 60_000);
afterAll(async () => {
  await agents.close();
  stopHttp.resolve();
});

/** A session of its own, so that no test waits for another's lane. */
const session = () => randomUUID();
const pidsIn = async (file: string): Promise<number[]> =>
  until(async () => {
    const pids = (await readFile(file, 'utf8').catch(() => '')).split(' ').map(Number);
    return pids.length === 2 && pids;
  });
const workspaces = () => readdir(join(agents.folder, 'workspaces')).catch(() => []);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** From the UPDATE to the word of it in the log of the run, and to the row that says `canceled`, in milliseconds. */
const waitsOfCancel = async (id: string): Promise<{ heard: number; over: number }> => {
  const { rows } = await agents.pool.query<{ asked: Date; over: Date }>(
    `SELECT min(at) FILTER (WHERE code = 'CANCEL_REQUESTED') AS asked, max(at) FILTER (WHERE to_status = 'canceled') AS over
       FROM switchyard.job_events WHERE job_id = $1`,
    [id],
  );
  const [, told = ''] = /^(\S+) told to stop$/m.exec(await agents.artifact(id, 'log.txt')) ?? [];
  const asked = Number(rows[0]?.asked);
  return { heard: Date.parse(told) - asked, over: Number(rows[0]?.over) - asked };
};
const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const failedRun = async (plan: unknown[]) => {
  const id = await agents.insert(plan, { session: session() });
  return until(async () => {
    const row = await agents.read(id);
    return row.status === 'failed' && row;
  });
};

describe('a run', () => {
  test('calls the tools of its plan in a worktree of its own, and leaves commits on the branch of its lane', async () => {
    const id = await agents.insert([
      write('first', 'notes/a.txt', 'one\n'),
      write('second', 'b.txt', 'two\n'),
    ]);
    const row = await agents.untilStatus(id, 'succeeded');
    expect(row.result.branch).toBe('agent/s1/A');
    await until(async () => (await agents.git('rev-parse', 'agent/s1/A')) === row.result.commit);
    expect(await agents.git('show', 'agent/s1/A:notes/a.txt')).toBe('one');
    expect(await agents.git('log', '--format=%s', 'main..agent/s1/A')).toBe(
      `second of run ${id}\nfirst of run ${id}`,
    );
    expect(row.error).toBeNull();
  });

  test('leaves its diff, its log, what the tools said, and a manifest with the hash of each', async () => {
    const id = await agents.insert([write('first', 'a.txt', 'one\n')], { session: session() });
    const row = await agents.untilStatus(id, 'succeeded');
    expect(await agents.artifact(id, 'diff.patch')).toContain('+one');
    expect(await agents.artifact(id, 'log.txt')).toContain('first: calls tools/write');
    expect(JSON.parse(await agents.artifact(id, '001-first.json'))).toMatchObject({
      content: [{ text: 'wrote a.txt' }],
    });
    const manifest = await agents.artifact(id, 'manifest.json');
    expect(row.result.manifest).toMatchObject({
      path: `agent-runs/${id}/1/manifest.json`,
      sha256: sha256(manifest),
    });
    const { artifacts } = JSON.parse(manifest);
    expect(artifacts).toEqual(row.result.artifacts);
    expect(artifacts.map(({ name }: { name: string }) => name)).toEqual([
      '001-first.json',
      'diff.patch',
      'log.txt',
    ]);
    for (const { name, sha256: hash, bytes } of artifacts) {
      const text = await agents.artifact(id, name);
      expect({ name, hash: sha256(text.slice(0, bytes)) }).toEqual({ name, hash });
    }
  });

  test('keeps what a tool shows and plays as files of their types', async () => {
    const id = await agents.insert([call('look', 'show')], { session: session() });
    const row = await agents.untilStatus(id, 'succeeded');
    expect(row.result.artifacts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: '001-look.1.png', type: 'image/png' }),
        expect.objectContaining({ name: '001-look.2.wav', type: 'audio/wav' }),
        expect.objectContaining({ name: '001-look.3.bin' }),
      ]),
    );
    expect(await agents.artifact(id, '001-look.1.png')).toBe('a picture');
    expect(JSON.parse(await agents.artifact(id, '001-look.json')).content).toMatchObject([
      { type: 'image', artifact: '001-look.1.png', mimeType: 'image/png' },
      { artifact: '001-look.2.wav' },
      { resource: { artifact: '001-look.3.bin', mimeType: 'application/x-own' } },
    ]);
  });

  test('keeps what git ignores beside its commits', async () => {
    const plan = [write('first', '.gitignore', 'out/\n'), write('second', 'out/a.txt', 'built\n')];
    const row = await agents.untilStatus(await agents.insert(plan, { session: session() }), 'succeeded');
    expect(row.result.artifacts.map(({ name }) => name)).toContain('002-second.rest.tar');
    expect(await agents.artifact(row.id, '002-second.rest.tar')).toContain('built');
    expect(await agents.artifact(row.id, 'log.txt')).toContain('second: kept in 002-second.rest.tar');
  });

  test('begins where the last run of its lane ended, and its worktree is gone afterwards', async () => {
    const own = session();
    const first = await agents.insert([write('a', 'a.txt', 'one\n')], { session: own });
    const second = await agents.insert([write('b', 'a.txt', 'two\n', { append: true })], { session: own });
    const row = await agents.untilStatus(second, 'succeeded');
    expect(row.result.base).toBe((await agents.read(first)).result.commit);
    expect(await agents.git('show', `${row.result.commit}:a.txt`)).toBe('one\ntwo');
    await until(async () => !(await workspaces()).some((name) => name.startsWith(own)));
  });

  test('calls servers by streamable HTTP too, with the headers that are configured', async () => {
    const id = await agents.insert([call('far', 'environment', {}, { server: 'remote' })], {
      session: session(),
    });
    await agents.untilStatus(id, 'succeeded');
    expect(await agents.artifact(id, '001-far.json')).toContain('cwd');
  });

  test('shows its server the environment that is allowed, what is configured, and nothing else', async () => {
    process.env['SECRET_OF_THE_WORKER'] = 'not to be seen';
    const id = await agents.insert([call('look', 'environment')], { session: session() });
    await agents.untilStatus(id, 'succeeded');
    const { content } = JSON.parse(await agents.artifact(id, '001-look.json'));
    const seen = JSON.parse(content[0].text);
    expect(seen).toMatchObject({ GIVEN: 'to the server', cwd: expect.stringContaining('workspaces') });
    expect(Object.keys(seen).sort()).toEqual(
      expect.arrayContaining(['GIVEN', 'HOME', 'PATH', 'SWITCHYARD_COMMAND', 'cwd']),
    );
    expect(Object.keys(seen).filter((name) => /SECRET|DATABASE|TEMPORAL/.test(name))).toEqual([]);
  });
});

describe('a run fails, and says why,', () => {
  test.each([
    ['a plan that is none', [{ id: 'a b' }], 'PLAN_INVALID', /the plan is wrong at 0/],
    [
      'a server that is not configured',
      [call('a', 'write', {}, { server: 'x' })],
      'PLAN_INVALID',
      /the server "x"; MCP_SERVERS names tools/,
    ],
    ['a tool that says so', [call('a', 'fail')], 'TOOL_FAILED', /^tools\/fail says: there is no such page$/],
    [
      'a tool that is not there',
      [write('first', 'a.txt', 'x'), call('a', 'nope')],
      'PLAN_INVALID',
      /step "a" calls the tool "nope" of "tools", which offers write, /,
    ],
    [
      'arguments that the tool does not take',
      [call('a', 'write', { path: 1 })],
      'PLAN_INVALID',
      /the arguments of step "a" do not fit tools\/write: .*path must be string/,
    ],
    [
      'a server that refuses us',
      [call('a', 'write', {}, { server: 'stranger' })],
      'TOOL_FAILED',
      /^stranger, asked to "initialize": the server answered: /,
    ],
    [
      'a program that is not there',
      [call('a', 'write', {}, { server: 'nowhere' })],
      'TOOL_FAILED',
      /no-such-program could not be started: no folder of PATH .* has such a program: .*ENOENT/,
    ],
    [
      'a server that dies each time',
      [call('a', 'die')],
      'TOOL_FAILED',
      /tools\/die: the server ended: it exited with code 3; it said last: .* \(given up after 3 tries\)/s,
    ],
    [
      'an answer that is too large',
      [call('a', 'large', { bytes: 300_000 })],
      'TOOL_FAILED',
      /^tools\/large: the server sent a message of more than 100000 bytes \(AGENT_MAX_RESULT\)/,
    ],
  ])('by %s', async (_, plan, code, message) => {
    expect(await failedRun(plan)).toMatchObject({ error_code: code, error: expect.stringMatching(message) });
  });

  test('by a tool that is silent for too long, whose server and its children are ended', async () => {
    const pidFile = join(agents.folder, `${randomUUID()}.pids`);
    const row = await failedRun([call('a', 'wait', { pidFile, ms: 600_000 }, { timeoutMs: 1_500 })]);
    expect(row).toMatchObject({
      error_code: 'TOOL_TIMEOUT',
      error: expect.stringContaining('tools/wait took too long: no answer and no progress for 1500 ms'),
    });
    for (const pid of await pidsIn(pidFile)) expect(await isAlive(pid)).toBe(false);
  });

  test('and leaves its log, and the branch of its lane as it was', async () => {
    const row = await failedRun([write('a', 'a.txt', 'half'), call('b', 'fail')]);
    expect(await agents.artifact(row.id, 'log.txt')).toContain('there is no such page');
    expect(await agents.artifact(row.id, 'manifest.json')).toContain('log.txt');
    expect(await agents.git('rev-parse', 'main')).toBe(row.progress?.base);
  });
});

test('words of progress keep a slow tool alive, and stand in the log', async () => {
  const plan = [call('slow', 'wait', { ms: 4_000, everyMs: 400 }, { timeoutMs: 2_000 })];
  const id = await agents.insert(plan, { session: session() });
  await agents.untilStatus(id, 'succeeded');
  expect(await agents.artifact(id, 'log.txt')).toContain('tools/wait: 2400/4000 still at it');
});

describe('canceled_at, set by SQL,', () => {
  test('stops a running tool, ends its server with all its children, and clears the workspace', async () => {
    const own = session();
    const pidFile = join(agents.folder, `${own}.pids`);
    const plan = [write('a', 'a.txt', 'half'), call('b', 'wait', { pidFile, ms: 600_000 })];
    const id = await agents.insert(plan, { session: own });
    const pids = await pidsIn(pidFile);
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [id]);
    const row = await agents.untilStatus(id, 'canceled');
    for (const pid of pids) expect(await isAlive(pid)).toBe(false);
    expect((await workspaces()).filter((name) => name.startsWith(own))).toEqual([]);
    expect(await agents.git('rev-parse', `agent/${own}/A`)).toBe(await agents.git('rev-parse', 'main'));
    expect(row.finished_at).not.toBeNull();
  });

  test('is heard by running tools within a second, after which nothing of their servers is left', async () => {
    const own = session();
    const runs = ['A', 'B', 'C', 'D'].map(async (lane) => {
      const pidFile = join(agents.folder, `${own}-${lane}.pids`);
      const plan = [call('b', 'wait', { pidFile, ms: 600_000 })];
      const id = await agents.insert(plan, { session: own, lane });
      return { id, pids: await pidsIn(pidFile) };
    });
    const running = await Promise.all(runs);
    const ids = running.map(({ id }) => id);
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = ANY ($1)', [ids]);
    for (const id of ids) await agents.untilStatus(id, 'canceled');
    for (const pid of running.flatMap(({ pids }) => pids)) expect(await isAlive(pid)).toBe(false);
    expect((await workspaces()).filter((name) => name.startsWith(own))).toEqual([]);
    // The quickest of four: a busy machine holds up some.
    const waits = await Promise.all(ids.map(waitsOfCancel));
    const told = JSON.stringify(waits);
    expect(Math.min(...waits.map(({ heard }) => heard)), told).toBeLessThan(1_000);
    // By being told, not by being missed: a worker that is lost is noticed after ten seconds.
    expect(Math.min(...waits.map(({ over }) => over)), told).toBeLessThan(10_000);
  });

  test('gives up a call of a server by streamable HTTP', async () => {
    const own = session();
    const [begun, givenUp] = [join(agents.folder, `${own}.begun`), join(agents.folder, `${own}.given-up`)];
    const id = await agents.insert([call('far', 'hold', { begun, givenUp }, { server: 'remote' })], {
      session: own,
    });
    await until(() => isThere(begun));
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [id]);
    await agents.untilStatus(id, 'canceled');
    await until(() => isThere(givenUp));
    expect((await workspaces()).filter((name) => name.startsWith(own))).toEqual([]);
  });

  test('ends a queued run at once, and one that is set back to queued runs again from the start', async () => {
    const own = session();
    const pidFile = join(agents.folder, `${own}.pids`);
    const first = await agents.insert([call('b', 'wait', { pidFile, ms: 600_000 })], { session: own });
    const id = await agents.insert([write('a', 'a.txt', 'x')], { session: own });
    await pidsIn(pidFile);
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = ANY ($1)', [[first, id]]);
    expect(await agents.read(id)).toMatchObject({ status: 'canceled', attempt: 0 });
    await agents.pool.query(`UPDATE ops.runs SET status = 'queued' WHERE id = $1`, [id]);
    expect(await agents.untilStatus(id, 'succeeded')).toMatchObject({ attempt: 1, canceled_at: null });
  });
});

describe('heartbeats', () => {
  test('are refreshed while a run works, by the worker that works on it', async () => {
    const own = session();
    const pidFile = join(agents.folder, `${own}.pids`);
    const id = await agents.insert([call('b', 'wait', { pidFile, ms: 600_000 })], { session: own });
    const first = await until(async () => (await agents.read(id)).heartbeat_at ?? undefined);
    expect((await agents.read(id)).claimed_by).toBe('worker-1');
    await until(async () => Number((await agents.read(id)).heartbeat_at) > Number(first));
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [id]);
    await agents.untilStatus(id, 'canceled');
  });

  test('go by words of progress too, sooner than by the clock alone', async () => {
    const plan = [call('slow', 'wait', { ms: 60_000, everyMs: 100 })];
    const id = await agents.insert(plan, { session: session() });
    let last = Number.NaN;
    // Every two seconds without them.
    await until(async () => {
      const at = Number((await agents.read(id)).heartbeat_at ?? Number.NaN);
      const soon = at > last && at - last < 1_500;
      last = at;
      return soon;
    });
    await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [id]);
    await agents.untilStatus(id, 'canceled');
  });
});

test('runs of one lane go one after the other, by priority, while those of other lanes go side by side', async () => {
  const own = session();
  const pidFile = join(agents.folder, `${own}.pids`);
  const first = await agents.insert([call('b', 'wait', { pidFile, ms: 600_000 })], { session: own });
  await pidsIn(pidFile);
  const late = await agents.insert([write('a', 'a.txt', 'late')], { session: own, priority: 5 });
  const soon = await agents.insert([write('a', 'a.txt', 'soon')], { session: own, priority: -5 });
  const beside = await agents.insert([write('a', 'a.txt', 'beside')], { session: own, lane: 'B' });
  await agents.untilStatus(beside, 'succeeded');
  for (const id of [late, soon]) expect(await agents.read(id)).toMatchObject({ status: 'queued' });
  await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [first]);
  await agents.untilStatus(late, 'succeeded');
  const { rows } = await agents.pool.query<{ job_id: string }>(
    `SELECT job_id FROM switchyard.job_events
      WHERE job_id = ANY ($1) AND (from_status, to_status) IN (('queued', 'processing'), ('processing', 'complete')) ORDER BY id`,
    [[late, soon]],
  );
  expect(rows.map((event) => event.job_id)).toEqual([soon, soon, late, late]);
});

test('a worker that stops ends the servers of its runs, and another one goes on at the step where they stood', async () => {
  const own = session();
  const pidFile = join(agents.folder, `${own}.pids`);
  const plan = [write('a', 'a.txt', 'one'), call('b', 'wait', { pidFile, ms: 600_000 })];
  const id = await agents.insert(plan, { session: own });
  const pids = await pidsIn(pidFile);
  await worker.stop();
  for (const pid of pids) expect(await isAlive(pid)).toBe(false);
  expect(await agents.read(id)).toMatchObject({ status: 'running', progress: { done: ['a'] } });

  await rm(pidFile);
  worker = await agents.startWorker();
  await pidsIn(pidFile);
  expect(await agents.artifact(id, 'log.txt')).toMatch(/^(?!.*a: calls.*a: calls).*b: calls.*b: calls/s);
  await agents.pool.query('UPDATE ops.runs SET canceled_at = now() WHERE id = $1', [id]);
  await agents.untilStatus(id, 'canceled');
});

test('the workspace of a lane stays where the setting says so', async () => {
  const own = session();
  await worker.stop();
  worker = await agents.startWorker({ AGENT_KEEP_WORKSPACE: 'on' });
  await agents.untilStatus(await agents.insert([write('a', 'a.txt', 'one')], { session: own }), 'succeeded');
  const [kept = ''] = (await workspaces()).filter((name) => name.startsWith(`${own}-A`));
  expect(await readFile(join(agents.folder, 'workspaces', kept, 'tree', 'a.txt'), 'utf8')).toBe('one');
});
