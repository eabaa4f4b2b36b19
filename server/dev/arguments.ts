import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError } from 'pg-switchyard';
import { checkoutDir } from './roles.ts';

export const usage = `npm start -- [PDF …] [--queue NAME|all] [--exit] [--data-dir DIR]

Brings Switchyard up on this machine, converts the PDFs (those of examples/ when none is named), and stays up until Ctrl-C.

  --queue NAME     serve this queue instead of invoices, and put work into it that shows what it does;
                   all: every queue, and what each of them does, one after the other
  --exit           end after the last job: exit code 0 if all are complete, 1 otherwise
  --data-dir DIR   where everything is kept (default .data)
  --help           this text

Settings are environment variables: see docs/settings.md.
`;

export interface StartArguments {
  files: string[];
  /** The queue whose demo is shown; `undefined`: invoices. */
  queue: string | undefined;
  exit: boolean;
  dataDir: string;
  help: boolean;
}

/** @throws {SetupError} for an option that is not known or a PDF that is not there */
export async function readArguments(args: string[], callerDir: string): Promise<StartArguments> {
  const options = {
    queue: { type: 'string' },
    exit: { type: 'boolean' },
    'data-dir': { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new SetupError(`${(error as Error).message}\n\n${usage}`);
  }
  const { values, positionals } = parsed;
  const dataDir = values['data-dir'];
  return {
    files: positionals.length > 0 ? await existing(positionals, callerDir) : await examples(),
    queue: values.queue === 'invoices' ? undefined : values.queue,
    exit: values.exit ?? false,
    help: values.help ?? false,
    dataDir: dataDir === undefined ? join(checkoutDir, '.data') : resolve(callerDir, dataDir),
  };
}

async function existing(names: string[], callerDir: string): Promise<string[]> {
  const paths = names.map((name) => resolve(callerDir, name));
  for (const path of paths) {
    const isFile = await stat(path).then(
      (info) => info.isFile(),
      () => false,
    );
    if (!isFile)
      throw new SetupError(`There is no file ${path}; name PDFs that exist, or none to convert examples/`);
  }
  return paths;
}

async function examples(): Promise<string[]> {
  const folder = join(checkoutDir, 'examples');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pdf')).sort();
  return names.map((name) => join(folder, name));
}
