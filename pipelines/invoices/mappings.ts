import { readdir } from 'node:fs/promises';
import { SetupError, systemErrorCode } from 'pg-switchyard';

/**
 * The names of the mappings in a folder, sorted: its `*.json` files without the ending.
 * @throws {SetupError} when the folder cannot be read
 */
export async function listMappings(dir: string): Promise<string[]> {
  const files = await readdir(dir).catch((error: unknown) => {
    throw new SetupError(
      `MAPPINGS_DIR must be a folder with mapping files, got ${dir} (${systemErrorCode(error) ?? 'cannot be read'})`,
    );
  });
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}
