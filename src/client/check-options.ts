import { durationMs } from './duration.ts';
import { optionKinds, type QueueOptions } from './queue-options.ts';

/** @throws {TypeError} that names the queue, the option, what it is and what it wants */
export function checkOptions(queue: string, options: QueueOptions): void {
  if (typeof queue !== 'string' || !/^[a-z][a-z0-9_-]{0,39}$/.test(queue)) {
    throw new TypeError(
      `"${queue}" is no name for a queue: up to 40 small letters, digits, _ and -, beginning with a letter`,
    );
  }
  const refuse = (problem: string): never => {
    throw new TypeError(`queue "${queue}": ${problem}`);
  };
  for (const [name, value] of Object.entries(options)) {
    if (name !== 'table' && !Object.hasOwn(optionKinds, name)) refuse(`there is no option ${name}`);
    const problem = value === undefined ? undefined : problemOf(name as keyof QueueOptions, value);
    if (problem !== undefined) refuse(`${name} ${problem}`);
  }
  if (options.workflow === undefined) refuse('workflow is missing: the name of the workflow');
  if (options.taskQueue === undefined)
    refuse("taskQueue is missing: the task queue of the workflow's workers");
  if (options.table === undefined) {
    const [extra] = Object.entries(optionKinds).filter(
      ([name, { only }]) => only !== undefined && options[name as keyof QueueOptions] !== undefined,
    );
    if (extra !== undefined) refuse(`${extra[0]} is for queues with a table, and this one has none`);
  }
}

function problemOf(name: keyof QueueOptions, value: unknown): string | undefined {
  const type = name === 'table' ? 'text' : optionKinds[name].type;
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'integer':
      return isCount(value) ? undefined : 'must be a whole number from 0 to 2147483647';
    case 'interval':
      return (durationMs(value) ?? 0) >= 1
        ? undefined
        : "must be milliseconds, or a text as '30s' or '2 days'";
    case 'jsonb':
      return isMirror(value) ? undefined : 'must name a column for each field: { status: "job_status" }';
    default:
      return typeof value === 'string' && value !== '' ? undefined : 'must be a text';
  }
}

const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 2_147_483_647;

function isMirror(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const columns = Object.values(value);
  return columns.length > 0 && columns.every((column) => typeof column === 'string' && column !== '');
}
