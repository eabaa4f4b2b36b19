import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { compileCache } from '../../server/dev/roles.ts';
import { commands } from '../../src/cli/commands.ts';
import { createPool, type Pool } from '../../src/platform/database.ts';
import { createEmptyDatabase } from '../support/database.ts';

/** Each command is a process of its own. */
const longMs = 600_000;

const path = 'docs/command-line.md';
const page = readFileSync(path, 'utf8');

/** What the page has between its words: statements that bring about what it speaks of, a file, and commands with what they print. */
const part =
  /^<!-- sql: (?<sql>.+?) -->$|^```ts\n\/\/ queues\.ts\n(?<file>.+?)^```$|^```console\n(?<console>.+?)^```$/gms;
const call = /^\$ (?<command>(?:.*\\\n)*.*)\n(?<answer>(?:(?!\$ ).*\n)*)/gm;

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let pool: Pool;
let folder: string;
beforeAll(async () => {
  database = await createEmptyDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'shop',
    max: 1,
    onError: () => undefined,
  });
  folder = await mkdtemp(join(tmpdir(), 'switchyard-'));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** What a shell shows of the command, in the order in which it is printed. */
function shell(command: string): Promise<string> {
  const main = resolve('src/cli/main.ts');
  const script = `switchyard() { '${process.execPath}' '${main}' "$@"; }\nexec 2>&1\n${command}`;
  return new Promise((done) => {
    execFile(
      'bash',
      ['-c', script],
      {
        cwd: folder,
        env: {
          ...compileCache,
          PATH: process.env['PATH'],
          LOG_LEVEL: 'silent',
          TEMPORAL_ADDRESS: inject('temporalAddress'),
          DATABASE_URL: database.url,
        },
      },
      (_, stdout) => done(stdout),
    );
  });
}

/** What differs from run to run. */
const masked = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g, 'TIME')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/cli \S+@\S+/g, 'cli USER@HOST')
    .replaceAll(/\d+ (?=migrations)/g, 'N ')
    .replaceAll(/\b\d+ (s|min)\b/g, 'AGE')
    .replaceAll(/\b\d\.\d+\b/g, 'RATE')
    .replaceAll(/ +/g, ' ')
    .trim();

test(
  'every command of docs/command-line.md prints what stands below it',
  async () => {
    const answers: { command: string; wanted: string; got: string }[] = [];
    for (const { groups = {} } of page.matchAll(part)) {
      if (groups['sql'] !== undefined) await pool.query(groups['sql']);
      if (groups['file'] !== undefined) await writeFile(join(folder, 'queues.ts'), groups['file']);
      for (const { groups: one = {} } of (groups['console'] ?? '').matchAll(call)) {
        const command = one['command'] ?? '';
        answers.push({ command, wanted: one['answer'] ?? '', got: await shell(command) });
      }
    }
    if (process.env['UPDATE_DOCS'] !== undefined)
      writeFileSync(path, withAnswers(answers.map(({ got }) => got)));
    expect(answers.length).toBeGreaterThan(40);
    const printed = (of: 'wanted' | 'got') => answers.map((one) => `$ ${one.command}\n${masked(one[of])}`);
    expect(printed('got')).toEqual(printed('wanted'));
  },
  longMs,
);

/** The page with what the commands printed. */
function withAnswers(answers: string[]): string {
  return page.replaceAll(part, (all: string) =>
    all.startsWith('```console')
      ? `\`\`\`console\n${[...all.matchAll(call)].map(({ groups }) => `$ ${groups?.['command']}\n${answers.shift()?.trimEnd()}\n`).join('\n')}\`\`\``
      : all,
  );
}

test('every command and flag that the page names is there', async () => {
  const withoutAnswers = page.replaceAll(call, (_, command: string) => `$ ${command}\n`);
  const calls = [...withoutAnswers.matchAll(/\bswitchyard ([a-z][a-z-]*)((?: [^`\n#]*)?)/g)];
  expect(calls.length).toBeGreaterThan(40);
  for (const [whole, name = '', rest = ''] of calls) {
    if (['jbos', 'command'].includes(name)) continue;
    const help = (await commands.get(name)?.load())?.help;
    expect(help, whole).toBeDefined();
    for (const [flag] of rest.matchAll(/(?<![\w-])--[a-z-]+/g)) expect(help, whole).toContain(flag);
  }
});

test('the table of exit codes has all of them', async () => {
  const { ExitCode } = await import('../../src/cli/exit-code.ts');
  for (const code of Object.values(ExitCode)) expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
});
