import { describe, expect, test } from 'vitest';
import { checkValue } from '../src/components/schema-form/check.ts';
import { firstDraft, readDraft } from '../src/components/schema-form/draft.ts';
import { fieldOf } from '../src/components/schema-form/form-field.ts';

const schema = {
  type: 'object',
  required: ['deploy', 'count'],
  properties: {
    deploy: { type: 'boolean', title: 'Deploy it?' },
    count: { type: 'integer', minimum: 1 },
    where: { type: 'string', enum: ['blue', 'green'], default: 'green' },
    tags: { type: 'array', items: { type: 'string', enum: ['a', 'b'] } },
    owner: { type: 'object', properties: { mailTo: { type: 'string', format: 'email' } } },
    raw: {},
  },
};
const root = fieldOf(schema);

describe('the form of a schema', () => {
  test('has a field of its kind for each property', () => {
    expect(root.fields.map(({ kind, label }) => [kind, label])).toEqual([
      ['boolean', 'Deploy it?'],
      ['number', 'Count'],
      ['choice', 'Where'],
      ['choices', 'Tags'],
      ['group', 'Owner'],
      ['json', 'Raw'],
    ]);
    expect(root.fields[4]?.fields[0]?.label).toBe('Mail to');
  });

  test('begins with the defaults', () => {
    expect(firstDraft(root)).toMatchObject({ '/deploy': '', '/where': '1', '/tags': [] });
  });

  test('takes any JSON where the schema says nothing', () => {
    expect(fieldOf({}).kind).toBe('json');
  });
});

describe('what is filled in', () => {
  const read = (draft: Record<string, string | string[]>) => {
    const errors = new Map<string, string>();
    const value = readDraft(root, { ...firstDraft(root), ...draft }, errors);
    return { value, errors: Object.fromEntries(errors) };
  };

  test('becomes a value, without what is left empty', () => {
    const { value } = read({
      '/deploy': 'true',
      '/count': '3',
      '/tags': ['1'],
      '/owner/mailTo': 'a@b.example',
    });
    expect(value).toEqual({
      deploy: true,
      count: 3,
      where: 'green',
      tags: ['b'],
      owner: { mailTo: 'a@b.example' },
    });
  });

  test('is told by its field when it is no number, or no JSON', () => {
    expect(read({ '/count': 'many', '/raw': 'yes' }).errors).toEqual({
      '/count': 'Must be a number',
      '/raw': 'Must be JSON: texts in double quotes, such as "yes"',
    });
  });
});

describe('a value that the schema refuses', () => {
  const check = (value: unknown) => Object.fromEntries(checkValue(root, value));

  test('is told by the field, in plain words', () => {
    expect(check({ count: 0, owner: { mailTo: 'nobody' } })).toEqual({
      '/deploy': 'Must be filled in',
      '/count': 'Must be 1 or more',
      '/owner/mailTo': 'Must be an e-mail address',
    });
  });

  test('is none when it is right', () => {
    expect(check({ deploy: false, count: 1 })).toEqual({});
  });
});
