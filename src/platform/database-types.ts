import pg from 'pg';

/** A time of Postgres, whose range is wider than that of a `Date`: what lies beyond is ISO 8601 text, or `infinity`. */
export type DatabaseTime = Date | string;

const timeTypes = new Set<number>([
  pg.types.builtins.TIMESTAMPTZ,
  pg.types.builtins.TIMESTAMP,
  pg.types.builtins.DATE,
]);

/** As the driver has it, but for times that it would give as `Infinity`, an invalid `Date` or `null`. */
export const databaseTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    const parse = pg.types.getTypeParser(oid, format ?? 'text') as (text: string) => unknown;
    return timeTypes.has(oid) && format !== 'binary' ? (text: string) => timeOf(parse(text), text) : parse;
  }) as pg.CustomTypesConfig['getTypeParser'],
};

const timeOf = (parsed: unknown, text: string): DatabaseTime =>
  parsed instanceof Date && !Number.isNaN(parsed.getTime()) ? parsed : isoText(text);

/** Years of more than four digits have six and a sign. https://tc39.es/ecma262/#sec-expanded-years */
function isoText(text: string): string {
  const [, year, day, time, zone] =
    /^(\d{5,6})-(\d\d-\d\d)(?: ([\d:.]+))?([+-]\d\d(?::\d\d)*)?$/.exec(text) ?? [];
  if (year === undefined) return text;
  const offset = zone === undefined || zone === '+00' ? 'Z' : zone.padEnd(6, ':00');
  return `+${year.padStart(6, '0')}-${day}${time === undefined ? '' : `T${time}${offset}`}`;
}

/** ISO 8601 in UTC, or `infinity` and `-infinity`. */
export const iso = (time: DatabaseTime): string => (time instanceof Date ? time.toISOString() : time);

export const isoOrNull = (time: DatabaseTime | null): string | null => (time === null ? null : iso(time));
