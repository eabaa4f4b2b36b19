import { openSync, readdirSync, readFileSync } from 'node:fs';

/** Node closes for its children what it was given below this number: https://docs.libuv.org/en/v1.x/process.html#c.uv_disable_stdio_inheritance */
const closedByNode = 16;
/** O_CLOEXEC, as /proc tells it. */
const closeOnExec = 0o2000000;

let known: readonly number[] | undefined;

/**
 * The open files that this process was started with and would pass on to every program that it starts: looked for once. Node opens none
 * such itself.
 */
export function inheritedFiles(): readonly number[] {
  known ??= readdirSync('/proc/self/fd').map(Number).filter(isPassedOn);
  return known;
}

let empty: number | undefined;

/** An open file without content, to give in place of one. */
export function emptyFile(): number {
  empty ??= openSync('/dev/null', 'r');
  return empty;
}

function isPassedOn(file: number): boolean {
  if (file < closedByNode) return false;
  try {
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${file}`, 'utf8'))?.[1];
    return (Number.parseInt(flags ?? '0', 8) & closeOnExec) === 0;
  } catch {
    return false; // the one that the folder was read by
  }
}
