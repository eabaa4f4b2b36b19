import { describe, expect, test } from 'vitest';
import { type Architecture, seccompProgram } from '../../sandbox/seccomp.ts';

const arch = { x64: 0xc000003e, arm64: 0xc00000b7, i386: 0x40000003 };
const allowed = 'allowed';

/** What the kernel would answer to a call: the filter, run here as the kernel runs it. */
function verdict(
  architecture: Architecture,
  call: { nr: number; args?: readonly number[]; arch?: number },
): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.nr, 0);
  data.writeUInt32LE(call.arch ?? arch[architecture], 4);
  for (const [i, value] of (call.args ?? []).entries()) data.writeBigUInt64LE(BigInt(value), 16 + 8 * i);
  const program = seccompProgram(architecture);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const [code, ifTrue, ifFalse, operand] = [
      program.readUInt16LE(at * 8),
      program.readUInt8(at * 8 + 2),
      program.readUInt8(at * 8 + 3),
      program.readUInt32LE(at * 8 + 4),
    ];
    if (code === 0x06) return operand === 0x7fff0000 ? allowed : `error ${operand & 0xffff}`;
    if (code === 0x20) accumulator = data.readUInt32LE(operand);
    else {
      const tests = {
        21: accumulator === operand,
        53: accumulator >= operand,
        69: (accumulator & operand) !== 0,
      };
      const holds = tests[code as keyof typeof tests];
      if (holds === undefined) throw new Error(`an instruction that the filter does not use: ${code}`);
      at += holds ? ifTrue : ifFalse;
    }
  }
  throw new Error('the filter ends without an answer');
}

const EPERM = 'error 1';
const ENOSYS = 'error 38';
const noFamily = 'error 97';

describe.each([
  {
    architecture: 'x64',
    read: 0,
    ptrace: 101,
    keyctl: 250,
    ioUring: 425,
    clone: 56,
    unshare: 272,
    ioctl: 16,
    socket: 41,
  },
  {
    architecture: 'arm64',
    read: 63,
    ptrace: 117,
    keyctl: 219,
    ioUring: 425,
    clone: 220,
    unshare: 97,
    ioctl: 29,
    socket: 198,
  },
] as const)('the filter of system calls on $architecture', ({ architecture, ...nr }) => {
  const of = (number: number, ...args: number[]) => verdict(architecture, { nr: number, args });

  test('allows what it does not name', () => {
    expect(of(nr.read)).toBe(allowed);
    expect(of(10_000)).toBe(allowed);
  });

  test('refuses what looks into other processes, keyrings and the large interfaces of the kernel', () => {
    expect([nr.ptrace, nr.keyctl, nr.ioUring].map((number) => of(number))).toEqual([EPERM, EPERM, EPERM]);
  });

  test('refuses a user namespace, and no other new process', () => {
    const newUser = 0x10000000;
    expect([of(nr.clone, newUser | 17), of(nr.unshare, newUser)]).toEqual([EPERM, EPERM]);
    expect([of(nr.clone, 0x3d0f00), of(nr.unshare, 0x200)]).toEqual([allowed, allowed]);
    expect(of(435)).toBe(ENOSYS); // clone3, after which programs use clone
  });

  test('refuses to type into a terminal, whatever stands in the upper half of the argument', () => {
    expect(of(nr.ioctl, 0, 0x5412)).toBe(EPERM);
    expect(of(nr.ioctl, 0, 0x1_0000_5412)).toBe(EPERM);
    expect(of(nr.ioctl, 0, 0x541c)).toBe(EPERM);
    expect(of(nr.ioctl, 0, 0x5401)).toBe(allowed);
  });

  test('knows the sockets of files and of the Internet, and none of the machine below', () => {
    expect([1, 2, 10, 16].map((family) => of(nr.socket, family))).toEqual([
      allowed,
      allowed,
      allowed,
      allowed,
    ]);
    expect([38, 17, 40].map((family) => of(nr.socket, family))).toEqual([noFamily, noFamily, noFamily]);
  });

  test('refuses the calls of another architecture, whose numbers mean something else', () => {
    expect(verdict(architecture, { nr: nr.read, arch: arch.i386 })).toBe(ENOSYS);
  });
});

test('the filter of system calls on x64 refuses those of the x32 ABI', () => {
  expect(verdict('x64', { nr: 0x40000000 | 101 })).toBe(ENOSYS);
});
