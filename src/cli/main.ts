#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { SetupError } from '../platform/errors.ts';
import { textTable } from '../platform/text-table.ts';
import { UsageError } from './command.ts';
import { commands } from './commands.ts';
import { didYouMean } from './similar.ts';

const overview = `usage: switchyard COMMAND …

${textTable([...commands].map(([name, { summary }]) => [`  ${name}`, summary]))}

switchyard COMMAND --help says more of one.`;

const isHelp = (word: string | undefined) => word === '--help' || word === '-h';

async function main([name, ...args]: string[]): Promise<void> {
  if (isHelp(name) || name === 'help') return print(overview);
  if (name === undefined) throw new UsageError(overview);
  const entry = commands.get(name);
  if (entry === undefined) throw noSuchCommand(name);
  const command = await entry.load();
  if (args.some(isHelp)) return print(command.help);
  await command.run(args);
}

const noSuchCommand = (name: string) =>
  new UsageError(
    `there is no command ${JSON.stringify(name)}${didYouMean(name, [...commands.keys()])}\nswitchyard --help lists all`,
  );

const print = (text: string) => void process.stdout.write(`${text}\n`);

// Takes a third off the processor time of most commands; `NODE_DISABLE_COMPILE_CACHE=1` switches it off.
enableCompileCache();

// A reader that has seen enough, as `head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
});
