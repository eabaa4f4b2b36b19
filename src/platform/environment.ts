/** The environment as it is, for those that start other programs. */
export const environment = (): NodeJS.ProcessEnv => process.env;

/** Those variables of the environment that have these names: all that a program may see which strangers wrote or feed. */
export function allowedEnvironment(
  names: readonly string[],
  env: NodeJS.ProcessEnv = environment(),
): Record<string, string> {
  const has = (name: string) => [name, env[name]] as const;
  return Object.fromEntries(
    names.map(has).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
