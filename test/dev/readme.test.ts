import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { type Run, Runs, readStackFile, untilUp } from './runs.ts';

const shell = promisify(execFile);
const readme = readFileSync('README.md', 'utf8');
const tryIt = readme.slice(readme.indexOf('## Try it'), readme.indexOf('## Run it for real'));

const runs = new Runs();
let run: Run;
let at: Awaited<ReturnType<typeof readStackFile>>;
beforeAll(async () => {
  const dataDir = await runs.makeDataDir();
  run = runs.start(dataDir, []);
  await untilUp(run);
  at = await readStackFile(dataDir);
});
afterAll(() => runs.end());

/** Runs a command as a user would. Answers what it prints. */
const sh = async (command: string) => (await shell('sh', ['-ec', command])).stdout;

/** A command of the README, with the addresses of this stack. */
const here = (command: string) =>
  command
    .replaceAll('http://127.0.0.1:3000', String(at['api']))
    .replaceAll('postgres://postgres@127.0.0.1:5432/switchyard', String(at['postgres']));

const [upload = '', fetchResult = ''] = tryIt.match(/^curl .*$/gm) ?? [];

describe('the README', () => {
  test('uploads a PDF that is there, and fetches its XML', async () => {
    const { id } = JSON.parse(await sh(here(upload))) as { id: string };
    const xml = await until(async () => {
      const said = await sh(here(fetchResult).replace('…', id));
      return said.startsWith('<?xml') ? said : undefined;
    });
    expect(xml).toContain('nvoice');
  });

  test('asks the database for what is there', async () => {
    const [command = ''] = /psql \S+ -c '[^']*'/.exec(tryIt) ?? [];
    const said = await sh(here(command));
    expect(said).toMatch(/plain-invoice\.pdf +\| complete/);
    expect(said).toMatch(/broken\.pdf +\| failed +\| GW_4XX/);
  });

  test('searches for workflows that are there', async () => {
    const connection = await Connection.connect({ address: String(at['temporal']) });
    const client = new Client({ connection });
    const queries = [...tryIt.matchAll(/`(Switchyard\w+ = "[^"]*")`/g)].map(([, query = '']) => query);
    expect(queries.length).toBeGreaterThan(1);
    for (const query of queries) await until(async () => (await client.workflow.count(query)).count > 0);
    await connection.close();
  });

  test('names scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
    const named = [...readme.matchAll(/npm (?:run )?(start|test|[\w:-]+)(?= |`|\n|$)/g)].map(
      ([, name]) => name,
    );
    expect(named).toContain('migrate');
    expect(named.filter((name) => !Object.keys(scripts).includes(String(name)))).toEqual([]);
  });
});

test('each command that npm start prints runs as it stands', async () => {
  const printed = run.output();
  const commands = printed
    .slice(printed.indexOf('\nTry\n') + 5, printed.indexOf('\nCtrl-C'))
    .match(/^ {2}\S.*$/gm);
  expect(commands).toHaveLength(2);
  for (const command of commands ?? []) await sh(command);
});

test('each address that npm start prints for a list of workflows answers', async () => {
  const [, link = ''] = /as workflows +(http:\S+)/.exec(run.output()) ?? [];
  expect((await fetch(link)).status).toBe(200);
  expect(run.output()).toMatch(/A job that failed +http:\S+\/queues\/invoices\/jobs\/[0-9a-f-]{36}\n/);
});
