/**
 * The JSON of a value.
 * @param name what the value is called in the error: `input`
 * @throws {TypeError} when JSON or Postgres' `jsonb` cannot say it: names the place in the value
 */
export function jsonText(value: unknown, name: string): string {
  check(value, name, []);
  return JSON.stringify(value);
}

function check(value: unknown, path: string, within: readonly object[]): void {
  if (value instanceof Date && Number.isNaN(value.getTime())) refuse(path, 'an invalid date');
  if (isBytes(value)) refuse(path, 'bytes; send them as a text, as in base64, or where they are stored');
  const said = hasToJson(value) ? value.toJSON() : value;
  if (typeof said === 'string') checkText(said, path);
  else if (typeof said === 'object' && said !== null) checkParts(said, path, within);
  else if (typeof said === 'number' && !Number.isFinite(said)) refuse(path, String(said));
  else if (['undefined', 'bigint', 'function', 'symbol'].includes(typeof said)) refuse(path, typeof said);
}

function checkParts(value: object, path: string, outer: readonly object[]): void {
  if (value instanceof Map || value instanceof Set) refuse(path, `a ${value.constructor.name}`);
  if (value instanceof Promise) refuse(path, 'a promise; await it');
  if (outer.includes(value)) refuse(path, 'an object that contains it');
  const within = [...outer, value];
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) check(element, `${path}[${index}]`, within);
    return;
  }
  for (const [key, field] of Object.entries(value)) {
    const fieldPath = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    checkText(key, fieldPath);
    if (field !== undefined) check(field, fieldPath, within); // such a field is left out
  }
}

function checkText(text: string, path: string): void {
  if (text.includes('\0')) refuse(path, 'a text with a NUL character', 'Postgres');
  if (!text.isWellFormed()) refuse(path, 'a text with half a surrogate pair', 'Postgres');
}

const isBytes = (value: unknown): boolean =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  if (value === null || value === undefined) return false;
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

function refuse(path: string, what: string, who = 'JSON'): never {
  throw new TypeError(`${path} is ${what}, which ${who} cannot say`);
}
