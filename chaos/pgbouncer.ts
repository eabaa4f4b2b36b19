import { access, chown, constants, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { postgresAccount } from '../server/dev/account.ts';
import { type Child, startChild, untilServing } from '../server/dev/child.ts';
import { isListening } from '../server/dev/ports.ts';
import { environment } from '../src/platform/environment.ts';
import { userList } from './administrator.ts';

/** Debian has it where the PATH of most users does not lead. */
const folders = [...(environment()['PATH'] ?? '').split(delimiter), '/usr/sbin'];

/** The program; `undefined` where it is not installed. */
export async function findPgBouncer(): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, 'pgbouncer');
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && runs) return path;
  }
  return undefined;
}

/** Those whose connections pass through it: one of each role that there are two of, and the API. */
export const pooledRoles: readonly string[] = ['starter-2', 'worker-2', 'api'];

const ignored = ['extra_float_digits', 'options', 'idle_in_transaction_session_timeout', 'statement_timeout'];

/** A session is a client's own for one transaction. */
const configuration = (port: number, postgresPort: number, folder: string) => `
[databases]
switchyard = host=127.0.0.1 port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pool_mode = transaction
auth_type = trust
auth_file = ${join(folder, 'users.txt')}
max_client_conn = 500
default_pool_size = 30
server_login_retry = 1
ignore_startup_parameters = ${ignored.join(', ')}
`;

export async function launchPgBouncer(options: {
  program: string;
  folder: string;
  port: number;
  postgresPort: number;
}): Promise<Child> {
  const { program, folder, port, postgresPort } = options;
  const account = await postgresAccount(); // it refuses to run as root, as Postgres does
  const place = join(folder, 'pgbouncer');
  await mkdir(place, { recursive: true });
  const file = join(place, 'pgbouncer.ini');
  await writeFile(file, configuration(port, postgresPort, place));
  await writeFile(join(place, 'users.txt'), userList);
  if (account !== undefined) await chown(place, account.uid, account.gid);
  const logFile = join(folder, 'pgbouncer.log');
  const child = await startChild({
    command: program,
    args: [file],
    env: {},
    logFile,
    stopSignal: 'SIGINT',
    cwd: place,
    account,
  });
  await untilServing('PgBouncer', child, logFile, () => isListening(port));
  return child;
}
