import { SetupError, systemErrorCode } from '../platform/errors.ts';

/**
 * Loads the code of a role, which not everybody installs.
 * @throws {SetupError} that says what to install
 */
export async function loadRole<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const name = missingPackage(error);
    if (name === undefined) throw error;
    throw new SetupError(`The package ${name} is not installed, and this needs it: npm install ${name}`);
  }
}

/** The package that an import did not find; `undefined` for any other error. */
function missingPackage(error: unknown): string | undefined {
  if (systemErrorCode(error)?.endsWith('MODULE_NOT_FOUND') !== true) return undefined;
  return /Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w-][\w.-]*)/.exec(String(error))?.[1];
}
