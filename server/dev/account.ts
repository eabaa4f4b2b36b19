import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from 'pg-switchyard';

const run = promisify(execFile);

/** The account that Postgres runs as: it refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

/** For root an account without rights, `postgres` where it is there; otherwise `undefined`: the user itself. */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const account = await idsOf(name);
    if (account !== undefined) return account;
  }
  throw new SetupError(
    'Postgres refuses to run as root, and this machine has neither a user "postgres" nor "nobody". ' +
      'Run as another user, or set DATABASE_URL to a Postgres of your own.',
  );
}

async function idsOf(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
    );
    return uid !== undefined && gid !== undefined && uid > 0 ? { uid, gid } : undefined;
  } catch {
    return undefined; // no such user
  }
}

/** Whether an account that owns nothing here can come to the folder: each folder on the way lets others through. */
async function isReachable(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined && (info.mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The folder, or one of its own below /var/lib when the account cannot come to it (a checkout in /root). */
export async function reachableFolder(folder: string, account: Account | undefined): Promise<string> {
  if (account === undefined || (await isReachable(dirname(folder)))) return folder;
  return join('/var/lib/switchyard', shortHash(folder));
}

/**
 * A folder with the same files that the account can reach: the folder itself, or a copy below the temporary folder
 * when it lies where only root may look (a checkout in /root).
 */
export async function reachableCopy(folder: string, account: Account | undefined): Promise<string> {
  if (account === undefined || (await isReachable(folder))) return folder;
  const { mtimeMs } = await stat(folder);
  const copy = join(tmpdir(), `switchyard-postgres-${shortHash(`${folder} ${mtimeMs}`)}`);
  const known = await access(join(copy, 'bin/postgres')).then(
    () => true,
    () => false,
  );
  if (known) return copy;
  const partial = `${copy}.${process.pid}.part`;
  await mkdir(partial, { recursive: true, mode: 0o755 });
  await cp(folder, partial, { recursive: true, verbatimSymlinks: true });
  await rename(partial, copy).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    // Another process made the same copy in the meantime.
    await access(join(copy, 'bin/postgres')).catch(() => {
      throw error;
    });
  });
  return copy;
}
