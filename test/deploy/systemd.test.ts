import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../server/settings.ts';
import { dataFolders } from './data-folders.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(checkout, 'deploy/systemd');
const units = readdirSync(folder);

/** Sections, and in each the keys with their values; a line that is neither fails. */
function parse(text: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> = {};
  for (const line of text.replace(/\\\n\s*/g, '').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const heading = /^\[(\w+)\]$/.exec(line)?.[1];
    const entry = /^(\w+)=(.*)$/.exec(line);
    if (heading !== undefined) section = sections[heading] = {};
    else if (entry?.[1] !== undefined && !(entry[1] in section)) section[entry[1]] = entry[2] ?? '';
    else throw new Error(`not a line of a unit: ${line}`);
  }
  return sections;
}

/** What `Environment=` sets; its words hold no spaces here. */
const environmentOf = (service: Record<string, string>) =>
  Object.fromEntries((service['Environment'] ?? '').split(/ +/).map((word) => word.split('=', 2)));

test('the worker makes its workflow bundle of the sources that are there, before it starts', async () => {
  const { Service = {} } = parse(readFileSync(join(folder, 'switchyard-worker.service'), 'utf8'));
  const [, script = ''] =
    /\.bin\/node (\S+) \$\{WORKFLOW_BUNDLE\}$/.exec(Service['ExecStartPre'] ?? '') ?? [];
  expect(readFileSync(join(checkout, 'package.json'), 'utf8')).toContain(`"bundle": "node ${script}"`);
});

test('docs/deploying.md makes the account, at home where the units let it read its keys, and installs each unit', () => {
  const page = readFileSync(join(checkout, 'docs/deploying.md'), 'utf8');
  expect(page).toMatch(/useradd .*--home-dir \/var\/lib\/switchyard .*switchyard$/m);
  expect(page).toContain('deploy/systemd/*.service');
  for (const name of units) expect(page).toContain(name.replace('.service', ''));
});

test('there is a unit for starter, worker and API', () => {
  expect(units.sort()).toEqual([
    'switchyard-api.service',
    'switchyard-starter.service',
    'switchyard-worker.service',
  ]);
});

describe.each(units)('%s', (name) => {
  const unit = parse(readFileSync(join(folder, name), 'utf8'));
  const role = /switchyard-(\w+)/.exec(name)?.[1] ?? '';

  test('starts what the npm script of the role starts', async () => {
    const { scripts } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const { ExecStart, WorkingDirectory } = unit['Service'] ?? {};
    expect(ExecStart).toBe(`${WorkingDirectory}/node_modules/.bin/${scripts[role]}`);
  });

  test('stops by SIGTERM, gives the time that the role may take, and comes back after a crash', () => {
    const service = unit['Service'] ?? {};
    expect(service).toMatchObject({ KillSignal: 'SIGTERM', Restart: 'on-failure' });
    const needs = loadSettings({}).shutdownGraceMs + 10_000;
    expect(Number(service['TimeoutStopSec']) * 1000).toBeGreaterThan(needs);
  });

  test('writes only where it may: below its state directory', () => {
    const service = unit['Service'] ?? {};
    expect(service).toMatchObject({ ProtectSystem: 'strict', ProtectHome: 'yes', PrivateTmp: 'yes' });
    if (role === 'starter') return; // it writes nothing
    const mayWrite = new RegExp(`^/var/lib/${service['StateDirectory']}(/|$)`);
    const settings = loadSettings(environmentOf(service));
    for (const [name, key] of dataFolders) expect(settings[key], name).toMatch(mayWrite);
    if (role === 'worker') expect(settings.workflowBundle).toMatch(mayWrite);
  });

  test('begins with the machine, as an account of its own', () => {
    expect(unit['Install']).toEqual({ WantedBy: 'multi-user.target' });
    expect(unit['Service']).toMatchObject({ User: 'switchyard', NoNewPrivileges: 'yes' });
  });
});
