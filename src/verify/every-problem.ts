import { SetupError } from '../platform/errors.ts';

/**
 * Makes all the checks, one after the other.
 * @throws {SetupError} that lists what each of them found
 */
export async function everyProblem(checks: readonly (() => Promise<void>)[]): Promise<void> {
  const problems: string[] = [];
  for (const check of checks) {
    await check().catch((error: unknown) => {
      if (!(error instanceof SetupError)) throw error;
      problems.push(error.message);
    });
  }
  if (problems.length > 0) throw new SetupError(problems.join('\n'));
}
