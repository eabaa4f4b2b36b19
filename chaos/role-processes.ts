import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { roleEnv } from '../server/dev/role-env.ts';
import { answersOk, type Role, spawnRole } from '../server/dev/roles.ts';
import { environment } from '../src/platform/environment.ts';
import { databaseUrlAt } from './administrator.ts';
import type { Processes } from './processes.ts';
import { settings } from './settings.ts';

const portSettings = {
  starter: 'HEALTH_PORT',
  worker: 'HEALTH_PORT',
  api: 'API_PORT',
  gateway: 'GATEWAY_PORT',
} as const;

/** A process of a role; it keeps its name and its port over restarts. */
export interface RoleProcess {
  name: string;
  role: Role;
  port: number;
}

/** Two of those that must share their work. */
export const roleNames: readonly { name: string; role: Role }[] = [
  { name: 'starter-1', role: 'starter' },
  { name: 'starter-2', role: 'starter' },
  { name: 'worker-1', role: 'worker' },
  { name: 'worker-2', role: 'worker' },
  { name: 'api', role: 'api' },
  { name: 'gateway', role: 'gateway' },
];

/**
 * Starts every role without waiting for it. `env`: what all of them are told besides; `portTo`: where a role finds a server,
 * which is a proxy's port.
 */
export async function startRoles(
  processes: Processes,
  roles: readonly RoleProcess[],
  options: {
    folder: string;
    dataDir: string;
    env: Record<string, string>;
    portTo: (from: string, to: string) => number;
  },
): Promise<void> {
  const { folder, dataDir, portTo } = options;
  const noProfileFile = join(folder, 'no-profile.toml');
  await writeFile(noProfileFile, '[profile.default]\n');
  const temporary = join(folder, 'tmp'); // a process that is killed leaves what it had there
  await mkdir(temporary, { recursive: true });
  for (const { name, role, port } of roles) {
    const places = roleEnv({
      env: { PATH: environment()['PATH'] },
      dataDir,
      databaseUrl: databaseUrlAt(portTo(name, 'postgres')),
      temporalAddress: `127.0.0.1:${portTo(name, 'temporal')}`,
      noProfileFile,
    });
    const own = {
      GATEWAY_URL: `http://127.0.0.1:${portTo(name, 'front')}`,
      WORKER_ID: name,
      TMPDIR: temporary,
      ...(options.env['STORAGE'] === 's3' && { S3_ENDPOINT: `http://127.0.0.1:${portTo(name, 's3')}` }),
      [portSettings[role]]: String(port),
    };
    const env = { ...places, ...settings, ...options.env, ...own };
    await processes.start(name, 'SIGKILL', () =>
      spawnRole({ role, env, logFile: join(folder, `${name}.log`) }),
    );
  }
}

export const roleUrl = ({ port }: RoleProcess): string => `http://127.0.0.1:${port}`;

/** Whether every role says that it is ready. */
export async function allReady(roles: readonly RoleProcess[]): Promise<boolean> {
  const answers = roles.map((process) =>
    answersOk(`${roleUrl(process)}${process.role === 'gateway' ? '/health' : '/health/ready'}`),
  );
  return (await Promise.all(answers)).every(Boolean);
}
