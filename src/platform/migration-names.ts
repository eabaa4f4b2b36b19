import { readdir } from 'node:fs/promises';

/** The engine's own migrations. */
export const engineFolder = new URL('../../migrations/', import.meta.url);

/** As node-pg-migrate names what it runs: the file's name without its ending. */
const migrationFile = /^(\d+_.*)[.]sql$/;

/** The names of a folder's migrations, as `switchyard.migrations` lists those that ran; in no order. */
export async function migrationNames(folder: URL): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files.flatMap((file) => migrationFile.exec(file)?.[1] ?? []);
}

/** An application's migrations, whose folders are not known everywhere, are numbered from 1: theirs are no later ones of the engine. */
export const isLaterThan = (engine: readonly string[], name: string): boolean =>
  numberOf(name) > Math.max(...engine.map(numberOf));

const numberOf = (name: string): number => Number.parseInt(name, 10);
