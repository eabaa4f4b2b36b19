import { z } from 'zod';
import { passwordsIn } from '../platform/database-address.ts';
import { type DatabaseEntry, readDatabaseEntry } from '../platform/database-list.ts';
import { type Settings, setting } from './setting.ts';

/** Entries with white space between them, of which no two have one name. */
const entries = z
  .string()
  .transform((text) => text.split(/\s+/).filter((entry) => entry !== ''))
  .transform((texts, context): DatabaseEntry[] =>
    texts.flatMap((text) => {
      const entry = readDatabaseEntry(text);
      if (entry === undefined) context.addIssue({ code: 'custom', message: 'no entry' });
      return entry ?? [];
    }),
  )
  .refine((all) => new Set(all.map(nameOf)).size === all.length)
  .optional();

const nameOf = (entry: DatabaseEntry): string => ('name' in entry ? entry.name : entry.url);

export const manyDatabasesSettings = {
  databases: {
    ...setting(
      'DATABASES',
      entries,
      'a list with white space between its entries, each NAME=postgres://… (all names different) or postgres://HOST/PATTERN with * in the pattern (not set by default)',
      'The databases whose watched queues `switchyard start` serves, in place of DATABASE_URL; `switchyard migrate` brings all of them up to date',
    ),
    secret: (raw: string) =>
      raw.split(/\s+/).flatMap((entry) => passwordsIn(entry.replace(/^[\w.-]+=(?=postgres)/, ''))),
  },
} satisfies Settings;
