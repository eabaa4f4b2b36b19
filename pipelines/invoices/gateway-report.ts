import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

const mostText = 1_000;
const line = z.string().transform((text) => text.slice(0, mostText));

/** The header `x-invoice-warnings`: what was passed over, doubtful or incomplete, in words. */
const warnings = z.array(line).transform((list) => list.slice(0, 20));

/** The header `x-invoice-validation`: what the official rules of EN 16931 say of the result, or why they were not asked. */
const validation = z.union([
  z.object({
    rules: line,
    syntax: line,
    passed: z.boolean(),
    findings: z
      .array(
        z.object({
          rule: line,
          level: z.enum(['error', 'warning']),
          count: z.int().min(1),
          place: line,
          text: line,
        }),
      )
      .max(50),
    more: z.int().min(0),
  }),
  z.object({ notChecked: line }),
]);

/** What the gateway said of a result beside the result. */
export interface GatewayReport {
  warnings?: z.output<typeof warnings>;
  validation?: z.output<typeof validation>;
}

/** `null`: it said nothing. A header that cannot be read is told as a warning. */
export function reportIn(headers: IncomingHttpHeaders): GatewayReport | null {
  const told = read('x-invoice-warnings', headers, warnings);
  const checked = read('x-invoice-validation', headers, validation);
  const all = [...(told?.value ?? []), ...[told, checked].flatMap((header) => header?.problem ?? [])];
  if (all.length === 0 && checked?.value === undefined) return null;
  return {
    ...(all.length > 0 && { warnings: all }),
    ...(checked?.value !== undefined && { validation: checked.value }),
  };
}

function read<T>(
  name: string,
  headers: IncomingHttpHeaders,
  schema: z.ZodType<T>,
): { value?: T; problem?: string } | undefined {
  const text = headers[name];
  if (typeof text !== 'string') return undefined;
  try {
    const { data, success } = schema.safeParse(JSON.parse(text));
    if (success) return { value: data };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { problem: `the gateway's header ${name} cannot be read` };
}
