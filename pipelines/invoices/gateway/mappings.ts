import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SetupError } from '../../../src/platform/errors.ts';
import { listMappings } from '../mappings.ts';
import { problemsOf } from './mapping-check.ts';
import { mappingLimits, withParts } from './mapping-parts.ts';

/** An XML name with at most one prefix. https://www.w3.org/TR/xml-names/ */
const name = z
  .string()
  .max(200)
  .regex(/^(?!xmlns(:|$))[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?$/, {
    error: 'must be an XML name such as cbc:ID',
  });
/** `number`, `seller.name`, `/currency` (from the top), `.` (the member itself), `#` (its number, from 1). */
const path = z.string().regex(/^(#|\.|\/?[A-Za-z]+(\.[A-Za-z]+)*)$/, {
  error: 'must be a path such as seller.name, /currency, . or #',
});
const textSource = z
  .strictObject({ from: path.optional(), value: z.string().optional() })
  .refine(({ from, value }) => (from === undefined) !== (value === undefined), {
    error: 'must have exactly one of "from" and "value"',
  });
const partName = z.string().regex(/^[\w-]+$/, { error: 'must be the name of a part' });

export type TextSource = z.output<typeof textSource>;

/** `C`: its children, as the file has them or with the parts put in. */
interface Rule<C> {
  element: string;
  when?: { path: string; is: string } | undefined;
  /** The text of the element. */
  from?: string | undefined;
  value?: string | undefined;
  /** The group or field that paths below begin at; without it there is no element. */
  within?: string | undefined;
  /** One element for each member of this list. */
  each?: string | undefined;
  attributes?: Record<string, TextSource> | undefined;
  children?: C[] | undefined;
}
export interface WrittenRule extends Rule<WrittenRule | string> {}
export interface ElementRule extends Rule<ElementRule> {}

const content = (rule: WrittenRule) =>
  [rule.from, rule.value, rule.children].filter((kind) => kind !== undefined);
const children: z.ZodType<(WrittenRule | string)[]> = z.lazy(() =>
  z.array(z.union([partName, element], { error: 'must be an element or the name of a part' })).min(1),
);
const element: z.ZodType<WrittenRule> = z
  .strictObject({
    element: name,
    when: z.strictObject({ path, is: z.string() }).optional(),
    from: path.optional(),
    value: z.string().optional(),
    within: path.optional(),
    each: path.optional(),
    attributes: z.record(name, textSource).optional(),
    children: children.optional(),
  })
  .refine((rule) => content(rule).length === 1, {
    error: 'must have exactly one of "from", "value" and "children"',
  })
  .refine((rule) => rule.within === undefined || rule.each === undefined, {
    error: 'must not have both "within" and "each"',
  });

const mappingSchema = z.strictObject({
  description: z.string().min(1),
  /** Answer the XML that a hybrid PDF holds, byte for byte. */
  passEmbeddedXml: z.boolean().default(false),
  /** Of the root element, by prefix; the empty prefix is the default namespace. */
  namespaces: z.record(
    z
      .string()
      .max(200)
      .regex(/^((?!xml)[A-Za-z_][\w.-]*)?$/),
    z.string().min(1),
  ),
  /** Lists of elements that stand in several places, by name. */
  parts: z.record(partName, children).default({}),
  /** The document's root: the first whose condition holds. */
  roots: z
    .array(
      z.strictObject({
        element: name,
        when: z.strictObject({ path: z.literal('type'), is: z.enum(['invoice', 'credit-note']) }).optional(),
        attributes: z.record(name, textSource).optional(),
        children,
      }),
    )
    .min(1),
});

export type WrittenMapping = z.output<typeof mappingSchema>;

/** How an invoice becomes XML: data only, its parts put in. docs/mappings.md describes the format. */
export interface Mapping extends Pick<WrittenMapping, 'passEmbeddedXml' | 'namespaces'> {
  roots: ElementRule[];
}

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
