import { wordsOfIssue } from 'pg-switchyard';
import type { z } from 'zod';
import { problemsOf } from './mapping-check.ts';
import { withParts } from './mapping-parts.ts';
import { type Mapping, mappingLimits, mappingSchema } from './mapping-schema.ts';

/** What is wrong with a mapping: where, as in `roots.0.children.2.from`, and what is wanted there. */
export interface MappingProblem {
  place: string;
  message: string;
}

/** A mapping with its parts put in, or all that is wrong with it. */
export type ReadMapping =
  | { mapping: Mapping; problems?: undefined }
  | { problems: [MappingProblem, ...MappingProblem[]] };

/** Reads the JSON of a mapping. */
export function readMapping(json: unknown): ReadMapping {
  if (isDeeperThan(json, mostJsonLevels)) {
    const message = `must not be nested more than ${mostJsonLevels} levels deep`;
    return { problems: [{ place: theFile, message }] };
  }
  const parsed = mappingSchema.safeParse(json);
  if (!parsed.success) return wrong(parsed.error.issues.flatMap((issue) => told(issue, json)));
  const { mapping, problems } = withParts(parsed.data);
  if (problems.length === 0) problems.push(...problemsOf(mapping));
  return problems.length === 0 ? { mapping } : wrong(problems);
}

/** What is wrong, in words: the place before the first colon. */
function wrong(problems: readonly string[]): ReadMapping {
  const [first = `${theFile}: is wrong`, ...others] = problems;
  return { problems: [parted(first), ...others.map(parted)] };
}

function parted(problem: string): MappingProblem {
  const colon = problem.indexOf(': ');
  return { place: problem.slice(0, colon), message: problem.slice(colon + 2) };
}

const theFile = 'the file';

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

/** An issue as its place and what is wanted there. Of the two kinds of child, the one that was meant speaks. */
function told(issue: z.core.$ZodIssue, given: unknown, above: readonly PropertyKey[] = []): string[] {
  const place = [...above, ...issue.path];
  const meant = issue.code === 'invalid_union' ? issue.errors.filter(isMeant).flat() : [];
  if (meant.length > 0) return meant.flatMap((inner) => told(inner, given, place));
  const words = wordsOfIssue({ ...issue, path: [...place] }, given);
  return [`${place.map(String).join('.') || theFile}: ${words}`];
}

const isMeant = (errors: readonly z.core.$ZodIssue[]): boolean =>
  !errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
