import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../../server/dev/child.ts';

/** What of an image's configuration a container needs. https://github.com/opencontainers/image-spec/blob/main/config.md */
interface ImageConfig {
  Env: string[];
  Entrypoint?: string[];
  WorkingDir: string;
}

/** An image that is unpacked, from which containers run. */
export class Image {
  readonly #storage: string;
  readonly #container: string;
  readonly root: string;
  readonly config: ImageConfig;

  /** `storage`: where `npm run image` keeps its images. */
  constructor(name: string, storage: string) {
    this.#storage = storage;
    this.#container = this.#buildah('from', '--pull-never', name);
    this.root = this.#buildah('mount', this.#container);
    const inspected = this.#buildah('inspect', '--type', 'image', name);
    this.config = (JSON.parse(inspected) as { OCIv1: { config: ImageConfig } }).OCIv1.config;
  }

  remove(): void {
    this.#buildah('rm', this.#container);
  }

  #buildah(...args: string[]): string {
    const places = ['--root', join(this.#storage, 'root'), '--runroot', join(this.#storage, 'run')];
    return execFileSync('buildah', [...places, ...args], { encoding: 'utf8' }).trim();
  }
}

export interface ContainerOptions {
  image: Image;
  name: string;
  /** What to run, after the entry point of the image. */
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Folders and files of this machine, by where the container has them. */
  mounts: Readonly<Record<string, string>>;
  /** Whether it may make sandboxes, as deploy/seccomp allows it; else it has Docker's default profile. */
  sandboxes: boolean;
  /** Holds the configuration and the log. */
  folder: string;
}

/** A container that runs by runc: as user 1000 without rights, on a read-only root, in the network of this machine. */
export class Container {
  readonly #child: Child;
  readonly name: string;
  readonly logFile: string;

  private constructor(name: string, logFile: string, child: Child) {
    this.name = name;
    this.logFile = logFile;
    this.#child = child;
  }

  static async start(options: ContainerOptions): Promise<Container> {
    const { name } = options;
    const bundle = join(options.folder, name);
    mkdirSync(bundle, { recursive: true });
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(configOf(options)));
    const logFile = join(options.folder, `${name}.log`);
    const child = await startChild({
      command: 'runc',
      args: ['run', '--bundle', bundle, name],
      env: { PATH: process.env['PATH'] },
      logFile,
      stopSignal: 'SIGTERM',
    });
    return new Container(name, logFile, child);
  }

  get ended(): Promise<string> {
    return this.#child.ended;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Its most memory so far, in millions of bytes. */
  memory(): number {
    const { pid } = JSON.parse(execFileSync('runc', ['state', this.name], { encoding: 'utf8' })) as {
      pid: number;
    };
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round((Number(kilobytes) * 1024) / 1e6);
  }

  /** Whether a command inside of it ends with 0, as a probe does. */
  answers(...command: string[]): boolean {
    try {
      this.run(...command);
      return true;
    } catch {
      return false;
    }
  }

  /** What a command inside of it writes. */
  run(...command: string[]): string {
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    return execFileSync('runc', ['exec', this.name, ...command], { stdio: [...stdio], encoding: 'utf8' });
  }

  /** Sends SIGTERM, and answers how it ended and after how many milliseconds. */
  async stop(graceMs: number): Promise<{ how: string; ms: number }> {
    const began = performance.now();
    await this.#child.stop(graceMs);
    return { how: await this.#child.ended, ms: Math.round(performance.now() - began) };
  }
}

const tmpfs = (destination: string, ...options: string[]) => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['nosuid', ...options],
});

/** https://github.com/opencontainers/runtime-spec/blob/main/config.md */
function configOf({ image, command, env, mounts, sandboxes }: ContainerOptions) {
  const { Env, Entrypoint = [], WorkingDir } = image.config;
  const capabilities = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'];
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 1000, gid: 1000 },
      args: [...Entrypoint, ...command],
      env: [...Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
      cwd: WorkingDir,
      capabilities: Object.fromEntries(capabilities.map((set) => [set, []])),
      noNewPrivileges: true,
    },
    root: { path: image.root, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      tmpfs('/dev', 'noexec', 'mode=755'),
      tmpfs('/tmp', 'nodev', 'mode=1777'),
      ...Object.entries(mounts).map(([destination, source]) => ({
        destination,
        type: 'bind',
        source,
        options: ['rbind', 'rw'],
      })),
    ],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      seccomp: seccompOf(sandboxes),
    },
  };
}

interface Seccomp {
  syscalls: { names: string[]; action: string; args?: unknown[] }[];
}

/** All flags of clone(2) that make namespaces. */
const namespaceFlags = 0x7e020000;

/** The profile of deploy/seccomp begins with what it adds to Docker's, which of that has only clone, without new namespaces. */
function seccompOf(sandboxes: boolean): Seccomp {
  const profile = JSON.parse(readFileSync('deploy/seccomp/switchyard-sandbox.json', 'utf8')) as Seccomp;
  if (sandboxes) return profile;
  const args = [{ index: 0, value: namespaceFlags, op: 'SCMP_CMP_MASKED_EQ' }];
  const clone = { names: ['clone'], action: 'SCMP_ACT_ALLOW', args };
  return { ...profile, syscalls: [clone, ...profile.syscalls.slice(1)] };
}
