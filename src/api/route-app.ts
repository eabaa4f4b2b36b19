import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { limits } from './query-parameters.ts';

/** Fastify, with the types that handlers get from the zod schemas of their routes. */
export type RouteApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** The parameter `limit` of lists. */
export const limitParameter = z
  .string()
  .optional()
  .transform((text) =>
    text === undefined ? limits.usual : /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN,
  )
  .refine((limit) => limit >= limits.least && limit <= limits.most, {
    error: `must be a whole number from ${limits.least} to ${limits.most}`,
  })
  .meta({
    type: 'integer',
    minimum: limits.least,
    maximum: limits.most,
    default: limits.usual,
    description: 'How many to answer at most',
  });

/** Postgres takes no NUL in a text. */
const withoutNul = (value: string): boolean => !value.includes('\0');

/** A text in a query. */
export const textParameter = (most: number, description: string) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine(withoutNul, { error: 'must be without NUL' })
    .optional()
    .meta({ description });

/** The parameter `cursor` of lists. */
export const cursorParameter = textParameter(
  4_000,
  'The `nextCursor` of the answer before; left out: the first page',
);

export const timeParameter = (description: string) =>
  z.iso
    .datetime({ offset: true, error: 'must be a time with its zone, such as 2026-03-01T08:00:00Z' })
    .optional()
    .meta({ description });

/** Texts with commas between them. */
export const listParameter = <T extends z.ZodType<unknown, string>>(entry: T, description: string) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(entry).min(1).max(100))
    .optional()
    .meta({ description });

/** Where a list goes on. */
export const nextCursor = z.string().nullable().meta({ description: '`null`: this is the last page' });

export const queueInPath = z.object({ queue: z.string().meta({ description: 'The name of a queue' }) });
export const jobInPath = queueInPath.extend({
  id: z.string().meta({ description: 'The id of a job, as its table writes it' }),
});
