import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/platform/config.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(checkout, 'deploy/systemd');
const units = readdirSync(folder);

/** Sections, and in each the keys with their values; a line that is neither fails. */
function parse(text: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const heading = /^\[(\w+)\]$/.exec(line)?.[1];
    const entry = /^(\w+)=(.*)$/.exec(line);
    if (heading !== undefined) section = sections[heading] = {};
    else if (entry?.[1] !== undefined && !(entry[1] in section)) section[entry[1]] = entry[2] ?? '';
    else throw new Error(`not a line of a unit: ${line}`);
  }
  return sections;
}

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

  test('begins with the machine, as an account of its own', () => {
    expect(unit['Install']).toEqual({ WantedBy: 'multi-user.target' });
    expect(unit['Service']).toMatchObject({ User: 'switchyard', NoNewPrivileges: 'yes' });
  });
});
