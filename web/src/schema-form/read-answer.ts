import { Validator } from '@cfworker/json-schema';
import { type Field, type FormPart, isGroup } from './fields.ts';

/** What a form says, or what is wrong with it, by field. `''` is the form as a whole. */
export type ReadAnswer = { value: unknown; errors?: undefined } | { errors: ReadonlyMap<string, string> };

/** Names a field in the form. */
export const nameOf = (path: readonly string[]): string => path.join('\u0000');

/** The value that was filled in. A field that is not required and was left empty is left out. */
export function readAnswer(parts: readonly FormPart[], data: FormData, schema: unknown): ReadAnswer {
  const errors = new Map<string, string>();
  let value: unknown = {};
  const take = (field: Field, mayBeLeftOut: boolean) => {
    const read = readField(field, data.getAll(nameOf(field.path)).map(String));
    if ('error' in read) errors.set(nameOf(field.path), read.error);
    else if (read.value !== undefined) value = withValue(value, field.path, read.value);
    else if (field.required && !mayBeLeftOut) errors.set(nameOf(field.path), missing(field));
  };
  for (const part of parts) {
    if (!isGroup(part)) take(part, false);
    else {
      const isEmpty = part.fields.every(({ path }) => data.getAll(nameOf(path)).every((text) => text === ''));
      for (const field of part.fields) take(field, isEmpty && !part.required);
    }
  }
  return errors.size > 0 ? { errors } : checked(value, schema);
}

/**
 * What the text says as JSON.
 * @param schema what it must fit
 */
export function readJson(text: string, schema: unknown): ReadAnswer {
  if (text.trim() === '')
    return { errors: new Map([['', 'Write the answer as JSON, such as {"ok": true}.']]) };
  try {
    return checked(JSON.parse(text), schema);
  } catch {
    const hint = 'This is not JSON. Texts stand in double quotes: "yes"; an object is written {"ok": true}.';
    return { errors: new Map([['', hint]]) };
  }
}

type ReadField = { value: unknown } | { error: string };

function readField(field: Field, given: readonly string[]): ReadField {
  const [text = ''] = given;
  switch (field.kind) {
    case 'text':
    case 'long text':
      return { value: text === '' ? undefined : text };
    case 'number':
    case 'integer':
      return readNumber(text.trim(), field.kind);
    case 'yes or no':
      return { value: text === '' ? undefined : text === 'true' };
    case 'one of':
      return { value: text === '' ? undefined : field.options[Number(text)]?.value };
    case 'some of':
      return {
        value: listOf(
          field,
          given.map((index) => field.options[Number(index)]?.value),
        ),
      };
    case 'lines':
      return {
        value: listOf(
          field,
          text.split(/\r?\n/).filter((line) => line.trim() !== ''),
        ),
      };
  }
}

const listOf = (field: Field, values: unknown[]) =>
  values.length > 0 || field.required ? values : undefined;

function readNumber(text: string, kind: 'number' | 'integer'): ReadField {
  if (text === '') return { value: undefined };
  const value = Number(text);
  if (Number.isFinite(value) && (kind === 'number' || Number.isSafeInteger(value))) return { value };
  const wanted = kind === 'integer' ? 'a whole number, such as 3' : 'a number, such as 3 or 2.5';
  return { error: `This must be ${wanted}.` };
}

const missing = ({ kind }: Field): string =>
  kind === 'yes or no' || kind === 'one of' ? 'Choose one of these.' : 'This must be filled in.';

function withValue(whole: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const object = whole as Record<string, unknown>;
  return { ...object, [name]: withValue(object[name] ?? {}, rest, value) };
}

/** Against the whole schema, for what fields alone do not say: lengths, ranges, patterns. */
function checked(value: unknown, schema: unknown): ReadAnswer {
  const { valid, errors } = new Validator(schema as object, '2020-12', false).validate(value);
  if (valid) return { value };
  const byField = new Map<string, string>();
  for (const { instanceLocation, error, keyword } of errors) {
    if (keyword === 'properties' || keyword === 'items') continue; // says only that one below is wrong
    byField.set(nameOf(pathOf(instanceLocation)), error);
  }
  return { errors: byField };
}

/** `#/a~1b/0` → `a/b`, `0`. */
const pathOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
