import { deniedSyscalls, inspectedSyscalls } from './seccomp-syscalls.ts';

export type Architecture = 'x64' | 'arm64';

/** `AUDIT_ARCH_*`, include/uapi/linux/audit.h */
const auditArch = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;

/** Where `struct seccomp_data` has its fields; of an argument the low half, which both architectures store first. */
const nr = 0;
const arch = 4;
const argument = (index: number) => 16 + 8 * index;

/** Opcodes of classic BPF, include/uapi/linux/bpf_common.h */
const load = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const jumpIfBits = 0x45;
const answer = 0x06;

const allow = 0x7fff0000;
const errno = (code: number) => 0x00050000 | code;
const EPERM = errno(1);
const ENOSYS = errno(38);
const EAFNOSUPPORT = errno(97);

const newUserNamespace = 0x10000000;
/** Calls of the x32 ABI carry this bit; they would pass a list of numbers. */
const x32Bit = 0x40000000;
/** They put characters into a terminal's input, as if its user had typed them. */
const terminalInjections = [0x5412 /* TIOCSTI */, 0x541c /* TIOCLINUX */];
/** AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK. Not AF_VSOCK above all: it leads to the machine below, whatever the network namespace is. */
const addressFamilies = [1, 2, 10, 16];

/** An instruction: opcode, how many to skip when the test holds and when it does not, operand. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

const answers = (value: number): Instruction => [answer, 0, 0, value];

/** For the call `number`: `rule`, which begins with the call's number loaded and answers in every case; others go on behind it. */
const forCall = (number: number, rule: readonly Instruction[]): Instruction[] => [
  [jumpIfEqual, 0, rule.length, number],
  ...rule,
];

/** Answers `refused` when one of the bits is set in the argument, else allows. */
const refuseBits = (index: number, bits: number): Instruction[] => [
  [load, 0, 0, argument(index)],
  [jumpIfBits, 0, 1, bits],
  answers(EPERM),
  answers(allow),
];

const oneOf = (index: number, values: readonly number[], found: number, other: number): Instruction[] => [
  [load, 0, 0, argument(index)],
  ...values.map((value, i): Instruction => [jumpIfEqual, values.length - i, 0, value]),
  answers(other),
  answers(found),
];

function instructions(architecture: Architecture): Instruction[] {
  const column = architecture === 'x64' ? 0 : 1;
  const denied = Object.values(deniedSyscalls).flatMap((numbers) => numbers[column] ?? []);
  const call = (name: keyof typeof inspectedSyscalls) => inspectedSyscalls[name][column];
  return [
    [load, 0, 0, arch],
    [jumpIfEqual, 1, 0, auditArch[architecture]],
    answers(ENOSYS), // a call of another architecture, such as 32-bit x86
    [load, 0, 0, nr],
    ...(architecture === 'x64' ? ([[jumpIfAtLeast, 0, 1, x32Bit], answers(ENOSYS)] as const) : []),
    ...denied.flatMap((number) => forCall(number, [answers(EPERM)])),
    // Its flags lie in memory, where a filter cannot read them; programs fall back to clone.
    ...forCall(call('clone3'), [answers(ENOSYS)]),
    ...forCall(call('clone'), refuseBits(0, newUserNamespace)),
    ...forCall(call('unshare'), refuseBits(0, newUserNamespace)),
    ...forCall(call('ioctl'), oneOf(1, terminalInjections, EPERM, allow)),
    ...forCall(call('socket'), oneOf(0, addressFamilies, allow, EAFNOSUPPORT)),
    answers(allow),
  ];
}

/**
 * The seccomp filter of a sandboxed command: `struct sock_filter[]` as bubblewrap's `--seccomp` takes it. It allows what it does
 * not name, as compilers and interpreters need most calls.
 * https://docs.kernel.org/userspace-api/seccomp_filter.html
 */
export function seccompProgram(architecture: Architecture): Buffer {
  const program = instructions(architecture);
  const bytes = Buffer.alloc(program.length * 8);
  for (const [i, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(ifTrue, i * 8 + 2);
    bytes.writeUInt8(ifFalse, i * 8 + 3);
    bytes.writeUInt32LE(operand >>> 0, i * 8 + 4);
  }
  return bytes;
}

/** @throws {Error} on an architecture that the list of calls does not know */
export function architectureOf(name: string): Architecture {
  if (name === 'x64' || name === 'arm64') return name;
  throw new Error(`the sandbox knows the system calls of x64 and arm64, and this machine is ${name}`);
}
