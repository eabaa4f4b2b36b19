import { resolve } from 'node:path';
import { z } from 'zod';
import { SetupError } from '../platform/errors.ts';
import { createRedaction } from '../platform/redaction.ts';

/** One environment variable: how it is read, what it means, and what it wants when the value is wrong. */
export interface Setting<T> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** Ends the sentence "NAME must be …". */
  readonly wants: string;
  readonly about: string;
  /** Of a setting that is never logged: which parts of its raw value are secrets. */
  readonly secret?: (raw: string) => readonly string[];
  /** Other names that are looked at, in turn, while `name` is not set. */
  readonly otherwise?: readonly string[];
}

/** Settings by the names that the code gives them. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** What such settings are when they have been read. */
export type Values<S extends Settings> = { readonly [K in keyof S]: z.output<S[K]['schema']> };

export function setting<T>(name: string, schema: z.ZodType<T>, wants: string, about: string): Setting<T> {
  return { name, schema, wants, about };
}

export function wholeNumber(
  name: string,
  fallback: number,
  min: number,
  max: number,
  unit: string,
  about: string,
  fallbackMeans = String(fallback),
) {
  const digits = z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));
  const wants = `a whole number${unit && ` of ${unit}`} from ${min} to ${max} (default ${fallbackMeans})`;
  return setting(name, digits.default(fallback), wants, about);
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  name: string,
  values: T,
  fallback: T[number],
  about: string,
) {
  const wants = `one of ${values.join(', ')} (default ${fallback})`;
  return setting<T[number]>(name, z.enum(values).default(fallback as never), wants, about);
}

export function folder(name: string, fallback: string, about: string) {
  const path = z
    .string()
    .min(1)
    .default(fallback)
    .transform((value) => resolve(value));
  return setting(name, path, `a folder (default ${fallback})`, about);
}

export function httpUrl(name: string, fallback: string, about: string) {
  const url = z
    .url({ protocol: /^https?$/ })
    .regex(/^[^?#]*$/) // a path is put behind it
    .default(fallback)
    .transform((value) => value.replace(/\/+$/, ''));
  return setting(name, url, `an http:// or https:// address without ? and # (default ${fallback})`, about);
}

export const text = (name: string, fallback: string, about: string, fallbackMeans = fallback) =>
  setting(
    name,
    z.string().min(1).max(200).default(fallback),
    `a text of 1 to 200 characters (default ${fallbackMeans})`,
    about,
  );

export const port = (name: string, fallback: number, about: string) =>
  wholeNumber(name, fallback, 0, 65_535, '', `${about}; 0 means any free one`);

/** Texts of one form, none by default. */
export const listOf = (form: RegExp) =>
  z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
    .pipe(z.array(z.string().regex(form)));

export const MiB = 1024 * 1024;

/**
 * Reads and checks settings, all of them at once.
 * @throws {SetupError} naming each wrong setting, the value it got (never a secret's) and what it wants
 */
export function readSettings<S extends Settings>(settings: S, env: NodeJS.ProcessEnv): Values<S> {
  const problems: string[] = [];
  const hideSecrets = createRedaction([]);
  const entries = Object.entries(settings).map(([key, entry]) => {
    const name = [entry.name, ...(entry.otherwise ?? [])].find((known) => env[known]) ?? entry.name;
    const raw = env[name];
    const parsed = entry.schema.safeParse(raw === '' ? undefined : raw);
    if (!parsed.success) {
      const got = entry.secret ? 'a value that is not shown' : shown(hideSecrets(raw ?? ''));
      problems.push(`${name} must be ${entry.wants}, got ${got}`);
    }
    return [key, parsed.data];
  });
  if (problems.length > 0) throw new SetupError(`Wrong settings:\n  ${problems.join('\n  ')}`);
  return Object.fromEntries(entries) as Values<S>;
}

/** Settings of Temporal's own environment configuration that are secrets. */
const temporalSecrets = ['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_KEY_DATA'];
/** Settings of the AWS client that are secrets. */
const awsSecrets = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
/** A shorter value may well stand in a log by chance, and hiding it there would only tell what it is. */
const leastSecretLength = 16;

/**
 * The values that no log and no error text may show, as they stand in the environment: of these settings, of Temporal's own, and of the AWS client's. Line by
 * line: an error may escape what is between. Passwords are part of addresses.
 */
export function secretsOf(settings: Settings, env: NodeJS.ProcessEnv): string[] {
  const own = Object.values(settings).flatMap(({ name, otherwise = [], secret }) =>
    secret === undefined ? [] : [name, ...otherwise].flatMap((known) => secret(env[known] ?? '')),
  );
  const ofLibraries = [...temporalSecrets, ...awsSecrets].flatMap((name) => env[name]?.split(/\s+/) ?? []);
  return [...ofLibraries, ...own].filter((value) => value.length >= leastSecretLength);
}

/** Of a list of names with their secrets: every word of it. */
export const wordsOf = (raw: string): string[] => raw.split(/[\s,:=_]+/);

/** Quoted, not at full length, and without the name and password that an address may hold. */
function shown(raw: string): string {
  const told = raw.replace(/\/\/[^/]*@/g, '//…@');
  return JSON.stringify(told.length > 200 ? `${told.slice(0, 200)}…` : told);
}
