import { execFileSync } from 'node:child_process';

/** Why the examples in a language cannot run here; `undefined`: they can. */
export function missing(program: string, args: readonly string[]): string | undefined {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return undefined;
  } catch {
    return `${program} is not installed here`;
  }
}
