#!/usr/bin/env node
import { runDatabaseCommand } from '../platform/database-command.ts';
import { SetupError } from '../platform/errors.ts';
import { type ProcessContext, runProcess } from '../platform/process.ts';
import { type Application, loadApplication } from './application.ts';
import { roles } from './roles.ts';

const usage = `usage:
  switchyard start ${[...roles.keys()].join('|')} --app FILE
  switchyard migrate --app FILE
  switchyard token create|list|revoke … --app FILE`;

/** The words without `--app FILE`, and the file. */
function readArguments([...words]: string[]): { words: string[]; file: string } {
  const at = words.indexOf('--app');
  const [, file] = at < 0 ? [] : words.splice(at, 2);
  if (file === undefined) throw new SetupError(usage);
  return { words, file };
}

async function main(args: string[]): Promise<void> {
  const { words, file } = readArguments(args);
  const [command, ...rest] = words;
  const role = roles.get(rest[0] ?? '');
  const isStart = command === 'start' && role !== undefined && rest.length === 1;
  if (!isStart && command !== 'migrate' && command !== 'token') throw new SetupError(usage);

  const application = await loadApplication(file);
  const source = { load: () => application.settings, secrets: () => application.secrets ?? [] };
  if (isStart) {
    await runProcess(rest.join(), source, (context) => role(context, application));
  } else if (command === 'migrate') {
    await runProcess('migrate', source, (context) => migrateApplication(context, application));
  } else {
    const { tokenCommand } = await import('./token.ts');
    await runDatabaseCommand('token', source, tokenCommand('switchyard token'), rest);
  }
}

async function migrateApplication({ settings, log, signal }: ProcessContext, { pipelines }: Application) {
  const { migratePipelines } = await import('../admin/migrate-pipelines.ts');
  await migratePipelines(settings.databaseDirectUrl ?? settings.databaseUrl, log, pipelines, { signal });
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 64;
});
