import type { FormField } from './form-field.ts';

/** What is filled in, by the pointer of its field. Choices are kept by their place in the list. */
export type Draft = Readonly<Record<string, string | readonly string[]>>;

/** The defaults of the schema. */
export function firstDraft(field: FormField): Draft {
  if (field.kind === 'group') return Object.assign({}, ...field.fields.map(firstDraft)) as Draft;
  return { [field.pointer]: textOf(field, field.schema.default) };
}

function textOf(field: FormField, value: unknown): string | string[] {
  const place = (wanted: unknown) => field.choices.findIndex((choice) => choice.value === wanted);
  if (field.kind === 'choices')
    return Array.isArray(value) ? value.map((one) => String(place(one))).filter((at) => at !== '-1') : [];
  if (value === undefined) return field.kind === 'json' && field.pointer === '' ? '{}' : '';
  if (field.kind === 'choice') return place(value) === -1 ? '' : String(place(value));
  if (field.kind === 'lines') return Array.isArray(value) ? value.join('\n') : '';
  return field.kind === 'json' ? JSON.stringify(value, null, 2) : String(value);
}

/** The value that the draft says; `undefined`: nothing is filled in. What cannot be read is told by the pointer of its field. */
export function readDraft(field: FormField, draft: Draft, errors: Map<string, string>): unknown {
  if (field.kind === 'group') return readGroup(field, draft, errors);
  const text = draft[field.pointer] ?? '';
  if (typeof text !== 'string') return text.map((place) => field.choices[Number(place)]?.value);
  if (field.kind === 'text' || field.kind === 'long')
    return text === '' && !isEmptyAnswer(field) ? undefined : text;
  if (text.trim() === '') return undefined;
  switch (field.kind) {
    case 'number': {
      const value = Number(text);
      if (Number.isNaN(value)) errors.set(field.pointer, 'Must be a number');
      return value;
    }
    case 'boolean':
      return text === 'true';
    case 'choice':
      return field.choices[Number(text)]?.value;
    case 'lines':
      return text.split('\n').filter((line) => line !== '');
    default:
      return readJson(text, field.pointer, errors);
  }
}

/** A text that is the whole answer may be empty. */
const isEmptyAnswer = (field: FormField) => field.pointer === '' && (field.schema.minLength ?? 0) === 0;

function readGroup(field: FormField, draft: Draft, errors: Map<string, string>): unknown {
  const entries = field.fields.flatMap((part) => {
    const value = readDraft(part, draft, errors);
    const key = part.pointer
      .slice(field.pointer.length + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~');
    return value === undefined ? [] : [[key, value]];
  });
  return entries.length === 0 && !field.required ? undefined : Object.fromEntries(entries);
}

function readJson(text: string, pointer: string, errors: Map<string, string>): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    errors.set(pointer, 'Must be JSON: texts in double quotes, such as "yes"');
    return undefined;
  }
}
