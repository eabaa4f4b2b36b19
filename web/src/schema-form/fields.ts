/** What is asked in one field of a form. */
export interface Field {
  kind: 'text' | 'long text' | 'number' | 'integer' | 'yes or no' | 'one of' | 'some of' | 'lines';
  /** Where its value goes, from the top. */
  path: readonly string[];
  label: string;
  hint: string | undefined;
  required: boolean;
  options: readonly Option[];
  /** As a field of a form has it. */
  initial: readonly string[];
}

export interface Option {
  label: string;
  value: string | number | boolean | null;
}

/** Fields that belong together. */
export interface FieldGroup {
  path: readonly string[];
  label: string;
  hint: string | undefined;
  required: boolean;
  fields: readonly Field[];
}

export type FormPart = Field | FieldGroup;
export const isGroup = (part: FormPart): part is FieldGroup => 'fields' in part;

type Schema = Readonly<Record<string, unknown>>;
interface Place {
  path: readonly string[];
  required: boolean;
}

/**
 * The fields of a JSON Schema: an object of texts, numbers, booleans, choices, lists of texts, and objects of these. A schema that is
 * no object is one field. `undefined`: it asks for something else, which a form of fields cannot say.
 */
export function fieldsOf(schema: unknown): FormPart[] | undefined {
  if (!isSchema(schema)) return undefined;
  if (!isObjectSchema(schema)) {
    const only = fieldOf(schema, { path: [], required: true });
    return only && [only];
  }
  return partsOf(schema, [], (child, place) =>
    isObjectSchema(child) ? groupOf(child, place) : fieldOf(child, place),
  );
}

function partsOf<Part>(
  schema: Schema,
  above: readonly string[],
  partOf: (schema: Schema, place: Place) => Part | undefined,
): Part[] | undefined {
  if (!isSchema(schema['properties']) || combinators.some((name) => name in schema)) return undefined;
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const parts = Object.entries(schema['properties']).map(([name, child]) =>
    isSchema(child)
      ? partOf(child, { path: [...above, name], required: required.includes(name) })
      : undefined,
  );
  return parts.some((part) => part === undefined) ? undefined : (parts as Part[]);
}

function groupOf(schema: Schema, place: Place): FieldGroup | undefined {
  const fields = partsOf(schema, place.path, fieldOf);
  return fields && { ...place, ...wordsOf(schema, place.path), fields };
}

function fieldOf(schema: Schema, place: Place): Field | undefined {
  const kind = kindOf(schema);
  if (kind === undefined) return undefined;
  const items = isSchema(schema['items']) ? schema['items'] : {};
  return {
    ...place,
    ...wordsOf(schema, place.path),
    kind,
    options: optionsOf(kind === 'some of' ? items : schema),
    initial: initialOf(schema['default']),
  };
}

const combinators = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if'];
const longerThan = 120;

function kindOf(schema: Schema): Field['kind'] | undefined {
  const { type } = schema;
  if ((Array.isArray(schema['enum']) && schema['enum'].every(isScalar)) || titledChoices(schema).length > 0)
    return 'one of';
  if (combinators.some((name) => name in schema)) return undefined;
  if (type === 'string') return Number(schema['maxLength'] ?? 0) > longerThan ? 'long text' : 'text';
  if (type === 'number' || type === 'integer') return type;
  if (type === 'boolean') return 'yes or no';
  const items = schema['items'];
  if (type !== 'array' || !isSchema(items)) return undefined;
  if (kindOf(items) === 'one of') return 'some of';
  return items['type'] === 'string' ? 'lines' : undefined;
}

function optionsOf(schema: Schema): Option[] {
  const titled = titledChoices(schema);
  if (titled.length > 0) return titled;
  const values = Array.isArray(schema['enum']) ? schema['enum'].filter(isScalar) : [];
  const names = Array.isArray(schema['enumNames']) ? schema['enumNames'] : [];
  return values.map((value, i) => ({ value, label: String(names[i] ?? value) }));
}

/** `oneOf: [{ const, title }]`, as MCP writes a choice with titles. */
function titledChoices(schema: Schema): Option[] {
  const choices = schema['oneOf'] ?? schema['anyOf'];
  if (!Array.isArray(choices)) return [];
  const options = choices.flatMap((choice) =>
    isSchema(choice) && isScalar(choice['const'])
      ? [{ value: choice['const'], label: String(choice['title'] ?? choice['const']) }]
      : [],
  );
  return options.length === choices.length ? options : [];
}

function wordsOf(schema: Schema, path: readonly string[]): { label: string; hint: string | undefined } {
  const { title, description } = schema;
  return {
    label: typeof title === 'string' ? title : inWords(path.at(-1) ?? 'answer'),
    hint: typeof description === 'string' ? description : undefined,
  };
}

/** `deployNow`, `deploy_now` → `Deploy now`. */
function inWords(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

function initialOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter(isScalar).map(String);
  return isScalar(value) && value !== null ? [String(value)] : [];
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isObjectSchema = (schema: Schema) =>
  schema['type'] === 'object' || (schema['type'] === undefined && isSchema(schema['properties']));
const isScalar = (value: unknown): value is Option['value'] =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
