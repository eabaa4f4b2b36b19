import { type Settings, setting, type Values } from 'pg-switchyard/settings';
import { z } from 'zod';

export const commandSettings = {
  commandEnvironment: setting(
    'COMMAND_ENVIRONMENT',
    z
      .string()
      .default('PATH,LANG,TZ')
      .transform((names) => names.split(',').map((name) => name.trim()))
      .pipe(z.array(z.string().regex(/^[A-Za-z_]\w*$/))),
    'a comma-separated list of names of environment variables (default PATH,LANG,TZ)',
    'What commands that strangers wrote or feed (git, builds, MCP servers) may see of the environment of the worker',
  ),
} satisfies Settings;

export type CommandSettings = Values<typeof commandSettings>;
