import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from 'pg-switchyard/errors';
import { listMappings } from '../mappings.ts';
import type { Mapping } from './mapping-schema.ts';
import { type MappingProblem, readMapping } from './read-mapping.ts';

/**
 * Reads every mapping of a folder.
 * @throws {SetupError} naming the file, the place in it and what it wants
 */
export async function loadMappings(dir: string): Promise<Map<string, Mapping>> {
  const names = await listMappings(dir);
  if (names.length === 0) {
    throw new SetupError(`MAPPINGS_DIR must hold at least one mapping file, ${dir} holds none`);
  }
  const loaded = names.map(async (known) => [known, await load(join(dir, `${known}.json`))] as const);
  return new Map(await Promise.all(loaded));
}

async function load(file: string): Promise<Mapping> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SetupError(`The mapping file ${file} cannot be read as JSON: ${why}`);
  }
  const read = readMapping(json);
  if (read.problems !== undefined) throw wrong(file, read.problems);
  return read.mapping;
}

const mostToldProblems = 20;

function wrong(file: string, problems: readonly MappingProblem[]): SetupError {
  const told = problems
    .slice(0, mostToldProblems)
    .map(({ place, message }) => `${place}: ${message}`.slice(0, 500));
  if (problems.length > told.length) told.push(`and ${problems.length - told.length} more`);
  return new SetupError(`The mapping file ${file} is wrong; see docs/mappings.md:\n  ${told.join('\n  ')}`);
}
