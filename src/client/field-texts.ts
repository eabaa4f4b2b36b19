/** The id of a job: of its row, or what `enqueue` answered. */
export type JobId = string | number | bigint;

/** @throws {TypeError} for a number that JavaScript does not hold exactly */
export function idText(id: JobId): string {
  if (typeof id === 'number' && !Number.isSafeInteger(id)) {
    throw new TypeError(
      `the id ${id} is no whole number that JavaScript holds exactly; give it as a text or a bigint`,
    );
  }
  if (!['string', 'number', 'bigint'].includes(typeof id))
    throw new TypeError(`an id of type ${typeof id} is none`);
  return String(id);
}

/** @throws {TypeError} for a date that is none */
export function timeText(time: Date | null | undefined, name: string): string | null {
  if (time === null || time === undefined) return null;
  if (!(time instanceof Date) || Number.isNaN(time.getTime()))
    throw new TypeError(`${name} is no valid Date`);
  return time.toISOString();
}

/** @throws {TypeError} for what is no integer of Postgres */
export function priorityText(priority: number | undefined, name: string): string | null {
  if (priority === undefined) return null;
  if ((priority | 0) !== priority) {
    throw new TypeError(`${name} must be a whole number from -2147483648 to 2147483647, and is ${priority}`);
  }
  return String(priority);
}
