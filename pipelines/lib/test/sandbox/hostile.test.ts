import { closeSync, openSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../../../test/support/processes.ts';
import { testSandbox } from '../../../../test/support/sandbox.ts';
import { until } from '../../../../test/support/until.ts';
import {
  byPython,
  inheriting,
  makePrey,
  type Prey,
  processesWith,
  startingWorker,
} from '../support/hostile.ts';

const { sandbox, note } = testSandbox;
const isRoot = process.getuid?.() === 0;
let prey: Prey;
beforeAll(async () => {
  prey = await makePrey();
});
afterAll(() => prey.end());

const sh = (script: string, ...args: string[]) => ['sh', '-c', script, 'sh', ...args];

/** Starts a program that leaves session, parent and environment behind, by which it would be known. */
const escaping = (program: string) =>
  `env -i PATH="$PATH" setsid sh -c 'env -i setsid ${program.replaceAll("'", "'\\''")} >/dev/null 2>&1 </dev/null &' sh "$@"`;

/** Connects, and says what it hears. */
const connectTo = `
import socket, sys
s = socket.socket(getattr(socket, sys.argv[1]), socket.SOCK_STREAM)
s.connect(("127.0.0.1", int(sys.argv[2])) if sys.argv[1] == "AF_INET" else sys.argv[2].replace("@", "\\0"))
print(s.recv(100).decode())`;

describe.runIf(sandbox)(`a hostile command in the sandbox${note}, and without one,`, () => {
  test.each<[string, () => string[]]>([
    ['reads what another job left', () => sh('cat "$1/secret"', prey.other)],
    ['reads it by a link in its own folder', () => sh('ln -sf "$1/secret" link && cat link', prey.other)],
    ['reads the environment of the worker', () => sh('cat /proc/[0-9]*/environ | tr "\\0" "\\n"')],
    [
      'connects to a port of this machine, such as the database',
      () => byPython(connectTo, 'AF_INET', prey.port),
    ],
    [
      'connects to a socket in a folder, such as that of Docker',
      () => byPython(connectTo, 'AF_UNIX', prey.unixSocket),
    ],
    [
      'connects to an abstract socket, which no folder guards',
      () => byPython(connectTo, 'AF_UNIX', `@${prey.abstractSocket}`),
    ],
    [
      'finds the processes of others',
      () => sh('grep -l sleep /proc/[0-9]*/comm | wc -l | grep -qx 0 || echo secret-of-another'),
    ],
  ])('%s: only without', async (_, program) => {
    expect(await prey.attack(program(), undefined)).toMatchObject({ stole: true });
    const within = await prey.attack(program(), sandbox);
    expect(within).toMatchObject({ stole: false });
    expect(within.error).not.toMatchObject({ reason: 'start' });
  });

  describe('writes outside of its folder: only without,', () => {
    afterEach(() => rm(join(prey.other, 'planted'), { force: true }));
    test.each<[string, string]>([
      ['by its path', 'echo x > "$1/planted"'],
      ['through a link', 'ln -sfn "$1" out && echo x > out/planted'],
      ['above it', 'echo x > ../other/planted'],
    ])('%s', async (_, script) => {
      const isPlanted = async () => (await readdir(prey.other)).includes('planted');
      await prey.attack(sh(script, prey.other), sandbox);
      expect(await isPlanted()).toBe(false);
      await prey.attack(sh(script, prey.other), undefined);
      expect(await isPlanted()).toBe(true);
    });
  });

  test.runIf(isRoot)('changes settings of the whole machine, as root: only without', async () => {
    const change = sh('f=/proc/sys/vm/swappiness; echo "$(cat $f)" > $f');
    expect((await prey.attack(change, undefined)).error).toBeUndefined();
    expect((await prey.attack(change, sandbox)).error).toMatchObject({ reason: 'exit' });
  });

  test.runIf(isRoot)('uses the rights of root: only without', async () => {
    const change = sh('touch mine && chown 12345 mine');
    expect((await prey.attack(change, undefined)).error).toBeUndefined();
    expect((await prey.attack(change, sandbox)).error).toMatchObject({ reason: 'exit' });
  });

  test.each([
    ['ptrace', 'libc.ptrace(0, 0, 0, 0)'],
    [
      'add_key',
      'libc.syscall({"x86_64": 248, "aarch64": 217}[os.uname().machine], b"user", b"a", b"b", 1, -2)',
    ],
    ['unshare into a user namespace', 'libc.unshare(0x10000000)'],
    [
      'TIOCSTI into a terminal',
      '(lambda pid, fd: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))(*forked()) and ctypes.set_errno(1)',
    ],
  ])('calls %s: only without', async (_, call) => {
    const program = `
import ctypes, fcntl, os, pty, sys, termios
libc = ctypes.CDLL(None, use_errno=True)
def forked():
  pid, fd = pty.fork()
  if pid == 0:
    try: fcntl.ioctl(0, termios.TIOCSTI, b"x")
    except PermissionError: os._exit(1)
    except OSError: pass
    os._exit(0)
  return pid, fd
${call}
print("errno", ctypes.get_errno())`;
    expect((await prey.attack(byPython(program), undefined)).said).toMatch(/^errno (?!1$)\d+$/m);
    expect((await prey.attack(byPython(program), sandbox)).said).toContain('errno 1\n');
  });

  test('leaves a daemon that dropped its session and its environment: only without', async () => {
    const daemon = (seconds: string) => sh(escaping(`sleep ${seconds}`));
    await prey.attack(daemon('3600.125'), undefined);
    const left = await processesWith('3600.125');
    for (const pid of left) process.kill(pid, 'SIGKILL');
    expect(left).toHaveLength(1);
    await prey.attack(daemon('3600.25'), sandbox);
    expect(await processesWith('3600.25')).toEqual([]);
  });

  test('starts processes without end that escape being counted: only without', async () => {
    const bomb = (seconds: string) =>
      sh(`i=0; while [ $i -lt 60 ]; do
            ${escaping(`sleep ${seconds}`)}; i=$((i + 1))
          done; sleep 2`);
    const limit = { mostProcesses: 40 };
    const without = await prey.attack(bomb('3600.5'), undefined, limit);
    const left = await processesWith('3600.5');
    for (const pid of left) process.kill(pid, 'SIGKILL');
    expect([without.error, left.length > limit.mostProcesses]).toEqual([undefined, true]);
    const within = await prey.attack(bomb('3600.75'), sandbox, limit);
    expect(within.error).toMatchObject({ reason: 'processes' });
    expect(await processesWith('3600.75')).toEqual([]);
  });

  test('fills the memory where it is not counted: only without', async () => {
    const hungry = `import time; kept = bytearray(200 * 1024 * 1024); open("full", "w").close(); time.sleep(20)`;
    const script = `${escaping('"$@"')}; until [ -e full ]; do sleep 0.1; done; rm full; sleep 1`;
    const limit = { memoryMiB: 150 };
    const without = await prey.attack(sh(script, ...byPython(hungry)), undefined, limit);
    for (const pid of await processesWith('kept = bytearray')) process.kill(pid, 'SIGKILL');
    expect(without.error).toBeUndefined();
    const within = await prey.attack(sh(script, ...byPython(hungry)), sandbox, limit);
    expect(within.error).toMatchObject({ reason: 'memory' });
  });

  test.each(['/dev/shm', '/dev', '/'])(
    'fills the memory by files in %s: no further than 64 MiB',
    async (folder) => {
      const fill = sh('head -c 80m /dev/zero > "$1/switchyard-fill"', folder.replace(/\/$/, ''));
      expect((await prey.attack(fill, sandbox)).error).toMatchObject({ reason: 'exit' });
    },
  );

  test('outlives a worker that is killed: never', async () => {
    const [worker, started] = startingWorker('3600.0625', prey.own, sandbox);
    await started;
    expect((await processesWith('3600.0625')).length).toBeGreaterThan(1); // the worker's own command line names it, too
    worker.kill('SIGKILL');
    await until(async () => (await processesWith('3600.0625')).length === 0);
  });

  test('uses a file that the worker was started with: only without', async () => {
    const secretFile = openSync(join(prey.other, 'secret'), 'r');
    try {
      const use = (confined: boolean) => inheriting(secretFile, prey.own, confined ? sandbox : undefined);
      expect(await use(false)).toContain('secret-of-another');
      expect(await use(true)).not.toContain('secret-of-another');
    } finally {
      closeSync(secretFile);
    }
  });

  test('kills the worker: only without', async () => {
    const kill = sh('kill -9 "$1"; kill -9 -1; :', String(prey.worker.pid));
    await prey.attack(kill, sandbox);
    expect(await isAlive(prey.worker.pid ?? 0)).toBe(true);
    await prey.attack(sh('kill -9 "$1"', String(prey.worker.pid)), undefined);
    await until(async () => !(await isAlive(prey.worker.pid ?? 0)));
  });
});
