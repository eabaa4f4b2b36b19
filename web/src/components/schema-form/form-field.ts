/** What a JSON Schema says of one value, as far as a form needs it. https://json-schema.org/draft/2020-12 */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  /** Of an older draft: what the values of `enum` are called. */
  enumNames?: string[];
  oneOf?: { const?: unknown; title?: string }[];
  anyOf?: { const?: unknown; title?: string }[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  [more: string]: unknown;
}

export interface FormField {
  /** JSON pointer of the value: `` for the whole, `/name`. */
  pointer: string;
  label: string;
  hint: string | undefined;
  required: boolean;
  schema: Schema;
  kind: 'text' | 'long' | 'number' | 'boolean' | 'choice' | 'choices' | 'lines' | 'group' | 'json';
  choices: readonly { value: unknown; label: string }[];
  fields: readonly FormField[];
}

/** The fields of a form for values of the schema. What no field is known for is written as JSON. */
export function fieldOf(schema: Schema, pointer = '', name = 'Answer', required = true): FormField {
  const choices = choicesOf(schema) ?? [];
  const kind = kindOf(schema, choices.length > 0);
  return {
    pointer,
    label: schema.title ?? words(name),
    hint: schema.description,
    required,
    schema,
    kind,
    choices: kind === 'choices' ? (choicesOf(schema.items ?? {}) ?? []) : choices,
    fields:
      kind === 'group'
        ? inOrder(schema).map(([key, property]) =>
            fieldOf(
              property,
              `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
              key,
              schema.required?.includes(key) === true,
            ),
          )
        : [],
  };
}

/** What is required first, in its order: a schema that lay in a database may have lost the order of its properties. */
function inOrder({ properties = {}, required = [] }: Schema): [string, Schema][] {
  const place = (name: string) => (required.includes(name) ? required.indexOf(name) : required.length);
  return Object.entries(properties).sort(([one], [other]) => place(one) - place(other));
}

function kindOf(schema: Schema, hasChoices: boolean): FormField['kind'] {
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
  if (hasChoices) return 'choice';
  if (types.length > 1) return 'json';
  switch (types[0]) {
    case 'string':
      return (schema.maxLength ?? 0) > 200 || (schema.format === undefined && schema['x-multiline'] === true)
        ? 'long'
        : 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return kindOfArray(schema.items ?? {});
    default:
      return schema.properties !== undefined && Object.keys(schema.properties).length > 0 ? 'group' : 'json';
  }
}

function kindOfArray(items: Schema): FormField['kind'] {
  if (choicesOf(items) !== undefined) return 'choices';
  return items.type === 'string' ? 'lines' : 'json';
}

function choicesOf(schema: Schema): { value: unknown; label: string }[] | undefined {
  if (schema.enum !== undefined)
    return schema.enum.map((value, index) => ({ value, label: schema.enumNames?.[index] ?? String(value) }));
  const titled = schema.oneOf ?? schema.anyOf;
  if (titled === undefined || !titled.every((choice) => 'const' in choice)) return undefined;
  return titled.map((choice) => ({ value: choice.const, label: choice.title ?? String(choice.const) }));
}

/** `deployTo` and `deploy_to` → "Deploy to". */
function words(name: string): string {
  const spaced = name
    .replace(/[_-]+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, (_, end, start) => `${end} ${start.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
