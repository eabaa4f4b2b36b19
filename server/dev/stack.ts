import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, withoutPassword } from 'pg-switchyard';
import { migrateAll } from '../migrations.ts';
import type { Settings } from '../settings.ts';
import type { Child } from './child.ts';
import type { DataDir, StackAddresses } from './data-dir.ts';
import { claimPort, freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { roleEnv } from './role-env.ts';
import { type Role, startRole } from './roles.ts';
import { Supervised } from './supervised.ts';
import { startTemporalServer } from './temporal-server.ts';

interface StackOptions {
  settings: Settings;
  /** The caller's own environment: a part that it names (`DATABASE_URL` …) runs elsewhere and is not started. */
  env: NodeJS.ProcessEnv;
  dataDir: DataDir;
  log: Logger;
  /** Told what happens while the stack runs. */
  say: (line: string) => void;
}

/** How long a role may take to end beyond its own grace time. */
const graceMarginMs = 10_000;

/**
 * The whole system on one machine: Postgres, Temporal and its Web UI, the gateway, a worker, a starter and the API, each
 * in a process of its own that is started again when it dies. What the environment names is used instead of started.
 */
export class Stack {
  readonly #options: StackOptions;
  readonly #running: Supervised[] = [];
  readonly #addresses: StackAddresses = {
    api: '',
    gateway: '',
    postgres: '',
    temporal: '',
    temporalUi: null,
  };
  /** Of the parts that are started here. */
  readonly #ports: {
    postgres?: number;
    temporal?: number;
    temporalUi?: number;
    gateway?: number;
    api?: number;
  } = {};
  #roleEnv: NodeJS.ProcessEnv = {};
  #complete = false;

  constructor(options: StackOptions) {
    this.#options = options;
  }

  /** The steps of a start, in order; each throws what stops it. */
  readonly steps: { title: string; run: () => Promise<void> }[] = [
    { title: 'Postgres', run: () => this.#claimPorts().then(() => this.#database()) },
    { title: 'Temporal and its Web UI', run: () => this.#temporal() },
    { title: 'Gateway', run: () => this.#gateway() },
    { title: 'Starter, worker and API', run: () => this.#roles() },
  ];

  /** Where what runs can be reached, without passwords. */
  get addresses(): StackAddresses {
    return this.#addresses;
  }

  /** With its password. */
  get databaseUrl(): string {
    return this.#roleEnv['DATABASE_URL'] ?? '';
  }

  /** Ends everything in order: no new jobs, then no more work, then the servers. */
  async stop(): Promise<void> {
    await this.#options.dataDir.unpublish();
    const graceMs = this.#options.settings.shutdownGraceMs + graceMarginMs;
    for (const names of [['api', 'starter'], ['worker'], ['gateway'], ['temporal'], ['postgres']]) {
      const parts = this.#running.filter((part) => names.includes(part.name));
      await Promise.all(parts.map((part) => part.stop(graceMs)));
    }
  }

  /** Before anything is started, so that one which is taken is told at once. */
  async #claimPorts(): Promise<void> {
    const { env, settings } = this.#options;
    const ports = this.#ports;
    if (databaseUrlOf(env) === undefined)
      ports.postgres = await claimPort('POSTGRES_PORT', settings.postgresPort);
    if (!env['TEMPORAL_ADDRESS']) {
      ports.temporal = await claimPort('TEMPORAL_PORT', settings.temporalPort);
      ports.temporalUi = await claimPort('TEMPORAL_UI_PORT', settings.temporalUiPort);
    }
    if (!env['GATEWAY_URL']) ports.gateway = await claimPort('GATEWAY_PORT', settings.gatewayPort);
    ports.api = await claimPort('API_PORT', settings.apiPort);
  }

  async #database(): Promise<void> {
    const { env, settings, dataDir, say, log } = this.#options;
    const { postgres: port } = this.#ports;
    let url = databaseUrlOf(env);
    if (port !== undefined) {
      const folder = join(dataDir.path, 'postgres');
      await this.#supervise('postgres', async () => {
        const server = await startPostgres({ dataDir: folder, logFile: this.#logFile('postgres'), port });
        url = server.url;
        if (server.dataDir !== folder) say(`Postgres cannot run as root; its data lies in ${server.dataDir}`);
        return server.child;
      });
    }
    this.#roleEnv['DATABASE_URL'] = url;
    this.#addresses.postgres = withoutPassword(url ?? '');
    const direct = port === undefined ? settings.databaseDirectUrl : undefined;
    await migrateAll(direct ?? url ?? '', log, settings);
  }

  async #temporal(): Promise<void> {
    const { env, dataDir, say } = this.#options;
    const { temporal: port, temporalUi: uiPort } = this.#ports;
    const folder = join(dataDir.path, 'temporal');
    let address = env['TEMPORAL_ADDRESS'] ?? '';
    if (port !== undefined && uiPort !== undefined) {
      await this.#supervise('temporal', async () => {
        const server = await startTemporalServer({ folder, port, uiPort, keep: true, say });
        address = server.address;
        return server.child;
      });
      this.#addresses.temporalUi = `http://127.0.0.1:${uiPort}`;
      await writeFile(join(folder, 'no-profile.toml'), '[profile.default]\n');
    }
    this.#addresses.temporal = address;
    this.#roleEnv = roleEnv({
      env,
      dataDir: dataDir.path,
      databaseUrl: this.#roleEnv['DATABASE_URL'] ?? '',
      ownPostgres: this.#ports.postgres !== undefined,
      temporalAddress: address,
      noProfileFile: port === undefined ? undefined : join(folder, 'no-profile.toml'),
    });
    const { temporalUi } = this.#addresses;
    if (temporalUi !== null) this.#roleEnv['TEMPORAL_UI_URL'] = temporalUi;
  }

  async #gateway(): Promise<void> {
    const { gateway: port } = this.#ports;
    let url = this.#options.env['GATEWAY_URL'] ?? '';
    if (port !== undefined) {
      url = `http://127.0.0.1:${port}`;
      await this.#role('gateway', { GATEWAY_PORT: String(port) }, `${url}/health`);
    }
    this.#roleEnv['GATEWAY_URL'] = url;
    this.#addresses.gateway = withoutPassword(url);
  }

  async #roles(): Promise<void> {
    const { api: port } = this.#ports;
    this.#addresses.api = `http://127.0.0.1:${port}`;
    await allOf([
      this.#role('api', { API_PORT: String(port) }, `${this.#addresses.api}/health/ready`),
      this.#loop('worker'),
      this.#loop('starter'),
    ]);
    this.#complete = true;
    await this.#note();
  }

  /** Starter and worker have no HTTP of their own but their health. */
  async #loop(role: 'starter' | 'worker'): Promise<void> {
    const port = await freePort();
    await this.#role(role, { HEALTH_PORT: String(port) }, `http://127.0.0.1:${port}/health/ready`);
  }

  #role(role: Role, own: NodeJS.ProcessEnv, readyUrl: string): Promise<void> {
    const env = { ...this.#links(), ...this.#roleEnv, ...own };
    return this.#supervise(role, () => startRole({ role, env, readyUrl, logFile: this.#logFile(role) }));
  }

  /** By which the parts name each other's pages; what the environment says goes before. */
  #links(): NodeJS.ProcessEnv {
    const { temporalUi } = this.#addresses;
    return {
      PUBLIC_URL: `http://127.0.0.1:${this.#ports.api}`,
      ...(temporalUi !== null && { TEMPORAL_UI_URL: temporalUi }),
    };
  }

  async #supervise(name: string, launch: () => Promise<Child>): Promise<void> {
    const { say } = this.#options;
    this.#running.push(await Supervised.start({ name, launch, say, onChange: () => this.#note() }));
    await this.#note();
  }

  #logFile(name: string): string {
    return join(this.#options.dataDir.path, 'logs', `${name}.log`);
  }

  /** Writes down what runs: for a start after a kill, and, when all runs, for scripts. */
  async #note(): Promise<void> {
    const { dataDir } = this.#options;
    await dataDir.note(this.#running.map((part) => part.pid));
    if (!this.#complete) return;
    const pids = Object.fromEntries(this.#running.map((part) => [part.name, part.pid]));
    await dataDir.publish({ ...this.#addresses, pids });
  }
}

const databaseUrlOf = (env: NodeJS.ProcessEnv): string | undefined =>
  env['DATABASE_URL'] || env['POSTGRES_DSN'] || env['TEST_DATABASE_URL'] || undefined;

/** Waits for all, also when one has failed, so that nothing is still starting when the stack is ended. */
async function allOf(starting: Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(starting)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
