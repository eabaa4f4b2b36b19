import { SetupError } from 'pg-switchyard/errors';

/**
 * Makes sure that packages are there which only a setting asks for.
 * @throws {SetupError} that says which to install
 */
export function requirePackages(setting: string, packages: readonly string[]): void {
  const missing = packages.filter((name) => !isInstalled(name.replace(/(?<=.)@[^/]*$/, '')));
  if (missing.length === 0) return;
  throw new SetupError(
    `${setting} asks for packages that are not installed: npm install ${missing.join(' ')}`,
  );
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false; // or it hides its package.json, which none of ours does
  }
}
