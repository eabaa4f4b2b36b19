import { type OutputUnit, Validator } from '@cfworker/json-schema';
import type { FormField, Schema } from './form-field.ts';

/** What is wrong with a value, by the pointer of its field, in plain words. It runs no code of its own making, as the page's policy asks. */
export function checkValue(root: FormField, value: unknown): Map<string, string> {
  const validator = new Validator(
    root.schema as ConstructorParameters<typeof Validator>[0],
    '2020-12',
    false,
  );
  const errors = new Map<string, string>();
  for (const unit of validator.validate(value).errors) {
    const [pointer, text] = wording(root, unit);
    const isWrapper = unit.keyword === 'properties' || unit.keyword === '$ref';
    if (!isWrapper && !errors.has(pointer)) errors.set(pointer, text);
  }
  return errors;
}

function wording(root: FormField, { keyword, instanceLocation, error }: OutputUnit): [string, string] {
  const pointer = instanceLocation.replace(/^#/, '');
  if (keyword === 'required') {
    const missing = /property "(.*)"/.exec(error)?.[1] ?? '';
    return [`${pointer}/${missing.replaceAll('~', '~0').replaceAll('/', '~1')}`, 'Must be filled in'];
  }
  const schema = find(root, pointer)?.schema;
  return [pointer, (schema && sentences[keyword]?.(schema)) ?? error];
}

const find = (field: FormField, pointer: string): FormField | undefined =>
  field.pointer === pointer
    ? field
    : field.fields.map((part) => find(part, pointer)).find((found) => found !== undefined);

const sentences: Record<string, (schema: Schema) => string> = {
  minLength: ({ minLength }) =>
    minLength === 1 ? 'Must be filled in' : `Must have at least ${minLength} characters`,
  maxLength: ({ maxLength }) => `Must have at most ${maxLength} characters`,
  minimum: ({ minimum }) => `Must be ${minimum} or more`,
  maximum: ({ maximum }) => `Must be ${maximum} or less`,
  exclusiveMinimum: (schema) => `Must be more than ${schema['exclusiveMinimum']}`,
  exclusiveMaximum: (schema) => `Must be less than ${schema['exclusiveMaximum']}`,
  multipleOf: (schema) => `Must be a multiple of ${schema['multipleOf']}`,
  pattern: (schema) => `Must match ${schema['pattern']}`,
  format: ({ format }) => `Must be ${formats[format ?? ''] ?? `of the format ${format}`}`,
  enum: () => 'Must be one of the choices',
  oneOf: () => 'Must be one of the choices',
  anyOf: () => 'Must be one of the choices',
  minItems: (schema) => `Needs at least ${schema['minItems']}`,
  maxItems: (schema) => `Takes at most ${schema['maxItems']}`,
  type: ({ type }) => `Must be ${types[[type].flat()[0] ?? ''] ?? `of type ${type}`}`,
};

const formats: Record<string, string> = {
  email: 'an e-mail address',
  uri: 'an address such as https://example.com',
  date: 'a date such as 2026-03-01',
  'date-time': 'a time with its zone, such as 2026-03-01T08:00:00Z',
};

const types: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'yes or no',
  object: 'a JSON object, such as {"name": "value"}',
  array: 'a list',
};
