import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from 'pg-switchyard/errors';
import type { z } from 'zod';
import { listMappings } from '../mappings.ts';
import { problemsOf } from './mapping-check.ts';
import { withParts } from './mapping-parts.ts';
import { type Mapping, mappingLimits, mappingSchema } from './mapping-schema.ts';

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
  if (isDeeperThan(json, mostJsonLevels)) {
    throw wrong(file, [`the file: must not be nested more than ${mostJsonLevels} levels deep`]);
  }
  const parsed = mappingSchema.safeParse(json);
  if (!parsed.success)
    throw wrong(
      file,
      parsed.error.issues.flatMap((issue) => told(issue)),
    );
  const { mapping, problems } = withParts(parsed.data);
  if (problems.length === 0) problems.push(...problemsOf(mapping));
  if (problems.length > 0) throw wrong(file, problems);
  return mapping;
}

/** An element is two levels; what is nested deeper than parts may be cannot be checked either. */
const mostJsonLevels = 2 * mappingLimits.depth + 20;

/** Level by level, since a stack would run out. */
function isDeeperThan(json: unknown, levels: number): boolean {
  let level = [json];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return false;
}

const mostToldProblems = 20;

function wrong(file: string, problems: readonly string[]): SetupError {
  const told = problems.slice(0, mostToldProblems).map((problem) => problem.slice(0, 500));
  if (problems.length > told.length) told.push(`and ${problems.length - told.length} more`);
  return new SetupError(`The mapping file ${file} is wrong; see docs/mappings.md:\n  ${told.join('\n  ')}`);
}

/** An issue as its place and what is wanted there. Of the two kinds of child, the one that was meant speaks. */
function told(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): string[] {
  const place = [...above, ...issue.path];
  const meant = issue.code === 'invalid_union' ? issue.errors.filter(isMeant).flat() : [];
  if (meant.length > 0) return meant.flatMap((inner) => told(inner, place));
  return [`${place.map(String).join('.') || 'the file'}: ${issue.message}`];
}

const isMeant = (errors: readonly z.core.$ZodIssue[]): boolean =>
  !errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
