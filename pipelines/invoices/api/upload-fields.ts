import { customerField, Problem, quoteInput, timeField } from 'pg-switchyard/api';
import { listMappings } from '../mappings.ts';

const priorityRange = { least: -100, most: 100 };
const defaultMapping = 'invoice';

/** What an upload may say beside its file. */
export interface UploadFields {
  mapping: string;
  priority: number;
  customer: string | null;
  /** ISO 8601, with its zone. */
  runAt: string | null;
}

/**
 * Collects the text fields of an upload, each at most once, checked as it comes: a wrong one before the file spares the
 * client the upload.
 */
export class UploadFieldReader {
  readonly #mappingsDir: string;
  readonly #seen = new Map<string, string>();

  constructor(mappingsDir: string) {
    this.#mappingsDir = mappingsDir;
  }

  /** @throws {Problem} 400, or 422 for a mapping that is not known */
  async take(name: string, value: string): Promise<void> {
    if (this.#seen.has(name)) {
      throw new Problem(400, 'REPEATED_FIELD', `the field ${quoteInput(name)} may be sent once only`);
    }
    this.#seen.set(name, value);
    if (name === 'mapping') await requireMapping(this.#mappingsDir, value);
    else if (name === 'priority') readPriority(value);
    else if (name === 'customer') readCustomer(value);
    else if (name === 'runAt') readRunAt(value);
    else throw unknownField(name);
  }

  /** What was sent, with defaults for what was not. */
  async finish(): Promise<UploadFields> {
    const mapping = this.#seen.get('mapping');
    if (mapping === undefined) await requireMapping(this.#mappingsDir, defaultMapping);
    return {
      mapping: mapping ?? defaultMapping,
      priority: readPriority(this.#seen.get('priority') ?? '0'),
      customer: this.#seen.get('customer') ?? null,
      runAt: this.#seen.get('runAt') ?? null,
    };
  }
}

export function unknownField(name: string): Problem {
  return new Problem(
    400,
    'UNKNOWN_FIELD',
    `there is no field ${quoteInput(name)}; send one file as "file", and if you like the texts "mapping", "priority", "customer" and "runAt"`,
  );
}

async function requireMapping(mappingsDir: string, mapping: string): Promise<void> {
  const known = await listMappings(mappingsDir);
  if (known.includes(mapping)) return;
  throw new Problem(
    422,
    'UNKNOWN_MAPPING',
    `there is no mapping ${quoteInput(mapping)}; known are ${known.join(', ') || 'none'}`,
    { more: { known } },
  );
}

function readPriority(text: string): number {
  const priority = /^[+-]?\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (priority >= priorityRange.least && priority <= priorityRange.most) return priority === 0 ? 0 : priority;
  throw new Problem(
    400,
    'BAD_PRIORITY',
    `priority must be a whole number from ${priorityRange.least} to ${priorityRange.most}, lower goes first; got ${quoteInput(text)}`,
  );
}

function readCustomer(text: string): void {
  if (customerField.safeParse(text).success) return;
  throw new Problem(
    400,
    'BAD_CUSTOMER',
    `customer must be a text of 1 to 200 characters; got ${quoteInput(text)}`,
  );
}

function readRunAt(text: string): void {
  if (timeField.safeParse(text).success) return;
  throw new Problem(
    400,
    'BAD_RUN_AT',
    `runAt must be a time with its zone, such as 2026-03-01T08:00:00Z; got ${quoteInput(text)}`,
  );
}
