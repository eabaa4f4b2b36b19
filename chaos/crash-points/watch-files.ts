import files, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import type { Interactions } from './death.ts';

type Call = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** Everything that changes a folder or a file, or flushes it. */
export async function watchFiles(interactions: Interactions): Promise<void> {
  const functions = files as unknown as Record<string, Call>;
  for (const name of ['mkdir', 'copyFile', 'rename', 'rm']) {
    watch(functions, name, interactions, (args) => `${name} ${named(args[0])}`);
  }
  watchOpen(functions, interactions);
  const handle = await files.open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as Record<string, Call>;
  await handle.close();
  watch(prototype, 'writeFile', interactions, () => 'write to a file');
  watch(prototype, 'sync', interactions, () => 'flush a file or folder');
  syncBuiltinESMExports();
}

/** An open for reading changes nothing. */
function watchOpen(functions: Record<string, Call>, interactions: Interactions): void {
  const open = functions['open'] as (...args: unknown[]) => Promise<FileHandle>;
  functions['open'] = (...args) =>
    String(args[1]).startsWith('w')
      ? interactions.around(`create ${named(args[0])}`, () => open(...args))
      : open(...args);
}

function watch(
  owner: Record<string, Call>,
  name: string,
  interactions: Interactions,
  nameOf: (args: unknown[]) => string,
): void {
  const call = owner[name];
  if (call === undefined) throw new Error(`node:fs/promises has no ${name}`);
  owner[name] = function (...args) {
    return interactions.around(nameOf(args), () => call.apply(this, args));
  };
}

/** The name of a file without what differs from run to run. */
const named = (path: unknown) => basename(String(path)).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4,12}){4}/g, '…');
