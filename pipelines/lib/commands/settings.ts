import { listOf, oneOf, type Settings, setting, type Values, wholeNumber } from 'pg-switchyard/settings';
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
  commandSandbox: oneOf(
    'COMMAND_SANDBOX',
    ['auto', 'bwrap', 'off'],
    'auto',
    'Whether these commands run in a sandbox made by bubblewrap. auto: where that works; where it does not, without one as long as API, database and Temporal are on this machine, else the worker does not start',
  ),
  commandReadable: setting(
    'COMMAND_READABLE',
    listOf(/^\/./),
    'a comma-separated list of files and folders, absolute (default none)',
    'What commands in the sandbox may read besides /usr and a few files of /etc: toolchains, programs of MCP servers, certificates',
  ),
  commandProcesses: wholeNumber(
    'COMMAND_PROCESSES',
    512,
    8,
    1_000_000,
    'processes',
    'The most processes of one command; one that has more is ended',
  ),
} satisfies Settings;

export type CommandSettings = Values<typeof commandSettings>;
