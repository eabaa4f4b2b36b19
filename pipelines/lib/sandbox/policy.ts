/** What one command may do. All that it does not name is not there. */
export interface SandboxPolicy {
  /** Folders and files that it may write, by absolute path; they have the same path inside. */
  writable: readonly string[];
  /** Folders and files that it may read besides the system's and those of `COMMAND_READABLE`, by absolute path. */
  readable?: readonly string[];
  /** The folder that it finds as `/tmp`; left out: a few MiB of memory. */
  temporary?: string;
  /** What it may reach over the network, `host:port` each; left out: nothing. */
  egress?: readonly string[];
}

/** What is the same for all commands of a worker. */
export interface Sandbox {
  /** The path of `bwrap`. */
  program: string;
  /** Whether the kernel lets a sandbox have a `/proc` of its own; else it has none. */
  hasProc: boolean;
  /** Of `COMMAND_READABLE`. */
  readable: readonly string[];
  /** The compiled filter of system calls. */
  seccomp: Buffer;
}

/** A sandbox with a policy: what a command is started in. */
export interface Confinement {
  sandbox: Sandbox;
  policy: SandboxPolicy;
}

/** Makes the confinement of a command; `undefined` where commands run without a sandbox. */
export type Confine = (policy: SandboxPolicy) => Confinement | undefined;

export const unconfined: Confine = () => undefined;

export const confineBy =
  (sandbox: Sandbox | undefined): Confine =>
  (policy) =>
    sandbox && { sandbox, policy };
