/**
 * The part of Standard Schema (https://standardschema.dev, version 1) that is needed here. Zod, Valibot, ArkType and others make such
 * schemas.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Checked<Output> | Promise<Checked<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Checked<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What a schema finds wrong, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export type SchemaInput<Schema> = Schema extends StandardSchema<infer Input, unknown> ? Input : unknown;
export type SchemaOutput<Schema> = Schema extends StandardSchema<unknown, infer Output> ? Output : unknown;

/** An input or a result that its schema refuses. */
export class SchemaError extends TypeError {
  override readonly name = 'SchemaError';
  readonly issues: readonly SchemaIssue[];

  constructor(subject: string, issues: readonly SchemaIssue[]) {
    super(`${subject} does not fit its schema: ${issues.map(sentence).join('; ')}`);
    this.issues = issues;
  }
}

/**
 * What the schema makes of a value; the value itself without a schema.
 * @throws {SchemaError}
 */
export async function checked(
  schema: StandardSchema | undefined,
  value: unknown,
  subject: string,
): Promise<unknown> {
  if (schema === undefined) return value;
  const found = await schema['~standard'].validate(value);
  if (found.issues !== undefined) throw new SchemaError(subject, found.issues);
  return found.value;
}

function sentence({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
}
