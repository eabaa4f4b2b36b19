import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { servedQueues } from '../../server/queues.ts';
import { loadSettings, settingsTable } from '../../server/settings.ts';
import { searchAttributeNames } from '../../src/queues/search-attributes.ts';
import { compose, healthUrlOf, ours, serviceOf, services } from './compose-file.ts';
import { dataFolders } from './data-folders.ts';

const known = new Set([...Object.values(settingsTable).map(({ name }) => name), 'TEMPORAL_ADDRESS']);
const npmScripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> })
  .scripts;

describe('docker-compose.yml', () => {
  test('has every process, Postgres, Temporal and its Web UI', () => {
    const wanted = ['api', 'gateway', 'migrate', 'postgres', 'starter', 'temporal', 'temporal-ui', 'worker'];
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(wanted));
  });

  test.each(ours)('%s runs what its npm script runs', (name, service) => {
    // The image has the same programs as JavaScript.
    expect(service.command?.join(' ').replace(/js$/, 'ts')).toBe(npmScripts[name]);
    expect(existsSync(service.command?.at(-1)?.replace(/js$/, 'ts') ?? '')).toBe(true);
  });

  test.each(ours)('%s has settings that exist, with values that they take', (_, service) => {
    for (const name of Object.keys(service.environment ?? {})) expect(known).toContain(name);
    expect(() => loadSettings(service.environment)).not.toThrow();
  });

  test('builds the image once, and every process uses it', () => {
    expect(services.filter(([, service]) => service.build !== undefined).map(([name]) => name)).toEqual([
      'migrate',
    ]);
    expect(ours.map(([name]) => name).sort()).toEqual(['api', 'gateway', 'migrate', 'starter', 'worker']);
  });

  test.each(services)('%s depends on services that can fulfil the condition', (_, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      if (condition === 'service_healthy') expect(serviceOf(name).healthcheck).toBeDefined();
      else {
        expect(condition).toBe('service_completed_successfully');
        expect(['migrate', 'temporal-schema', 'temporal-namespace']).toContain(name);
      }
    }
  });

  test.each(['postgres', 'temporal'])('%s has a health check', (name) => {
    expect(serviceOf(name).healthcheck?.test[0]).toMatch(/^CMD/);
  });

  test.each([
    ['api', 'apiPort', 'apiHost'],
    ['gateway', 'gatewayPort', 'gatewayHost'],
    ['starter', 'healthPort', undefined],
    ['worker', 'healthPort', undefined],
  ] as const)('%s is asked for its health where it listens', (name, port, host) => {
    const settings = loadSettings(serviceOf(name).environment);
    expect(Number(healthUrlOf(name).port)).toBe(settings[port]);
    // Others come to it by its name, not by loopback.
    if (host !== undefined) expect(settings[host]).toBe('0.0.0.0');
  });

  test('tells the command that makes the token without which its API does not start', () => {
    const told = /docker compose run --rm (\w+) node (\S+) create \w+ --scopes (\S+)/.exec(
      readFileSync('docker-compose.yml', 'utf8'),
    );
    expect(told?.slice(1)).toEqual(['api', 'server/token.js', 'read,write']);
    expect(npmScripts['token']).toBe('node server/token.ts');
    expect(serviceOf('api').restart).toBe('unless-stopped');
  });

  test('names the services by the addresses that the processes are given', () => {
    const { databaseUrl, gatewayUrl, gatewayPort } = loadSettings(serviceOf('worker').environment);
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = serviceOf('postgres').environment ?? {};
    expect(databaseUrl).toBe(`postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`);
    expect(gatewayUrl).toBe(`http://gateway:${gatewayPort}`);
    expect(serviceOf('worker').environment?.['TEMPORAL_ADDRESS']).toBe('temporal:7233');
  });

  test('publishes on loopback only', () => {
    for (const [, { ports = [] }] of services)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(serviceOf('api').ports).toEqual(['127.0.0.1:3000:3000']);
  });

  test('keeps data in volumes that it declares, uploads and results in the one that API and workers share', () => {
    const named = services.flatMap(([, { volumes = [] }]) =>
      volumes.filter((volume) => !volume.startsWith('./')),
    );
    for (const volume of named) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
    expect(serviceOf('api').volumes).toEqual(['data:/data']);
    expect(serviceOf('worker').volumes).toEqual(['data:/data']);
  });

  test.each(ours)('%s leaves the data folders where the image has them', (_, { environment = {} }) => {
    for (const [name] of dataFolders) expect(environment).not.toHaveProperty(name);
  });

  test('takes the file of docs/deploying.md, whose workers have room for what builds may use', () => {
    const text = /```yaml\n([\s\S]+?)```/.exec(readFileSync('docs/deploying.md', 'utf8'))?.[1] ?? '';
    const more = (parse(text) as Pick<typeof compose, 'services'>).services;
    for (const [name, { environment }] of Object.entries(more)) {
      const settings = loadSettings({ ...serviceOf(name).environment, ...environment });
      expect(() => servedQueues(settings)).not.toThrow();
    }
    expect(more['starter']?.environment?.['QUEUES']).toBe(more['worker']?.environment?.['QUEUES']);
    const { buildConcurrency, buildMemoryMiB } = loadSettings(more['worker']?.environment);
    const needs = mebibytes(serviceOf('worker').mem_limit) + buildConcurrency * buildMemoryMiB;
    expect(mebibytes(more['worker']?.mem_limit)).toBeGreaterThan(needs);
  });

  test('runs scripts that are there and may be run', () => {
    const scripts = services.flatMap(([, { entrypoint = [] }]) =>
      entrypoint.filter((word) => word.endsWith('.sh')),
    );
    expect(scripts).toHaveLength(2);
    for (const script of scripts) expect(statSync(`.${script}`).mode & 0o111).not.toBe(0);
    expect(existsSync(`.${serviceOf('temporal').environment?.['DYNAMIC_CONFIG_FILE_PATH']}`)).toBe(true);
  });

  test('makes no sandboxes, which invoices need none of; the file for other queues names a profile that is there', () => {
    for (const [name, { security_opt: options }] of ours)
      expect(options, name).toEqual(['no-new-privileges:true']);
    const [, profile = ''] = /"seccomp=([^"]+)"/.exec(readFileSync('docs/deploying.md', 'utf8')) ?? [];
    const { defaultAction, syscalls } = JSON.parse(readFileSync(profile, 'utf8')) as {
      defaultAction: string;
      syscalls: { names: string[] }[];
    };
    expect(defaultAction).toBe('SCMP_ACT_ERRNO');
    expect(syscalls[0]?.names).toEqual(['clone', 'mount', 'pivot_root', 'sethostname', 'umount2', 'unshare']);
  });

  test('makes the search attributes that jobs carry', () => {
    const script = readFileSync('deploy/temporal-namespace.sh', 'utf8');
    const names = /for name in (.+); do/.exec(script)?.[1]?.split(' ');
    expect(names).toEqual(searchAttributeNames);
  });

  test.each(ours)('%s is given more time to end than it gives its work', (_, service) => {
    const seconds = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1]);
    expect(seconds * 1000).toBeGreaterThan(loadSettings(service.environment).shutdownGraceMs + 10_000);
  });

  test('gives the gateway room for all the heaps that it may use, and every process a limit', () => {
    const { gatewayConcurrency, gatewayMemoryMiB } = loadSettings(serviceOf('gateway').environment);
    expect(mebibytes(serviceOf('gateway').mem_limit)).toBeGreaterThan(gatewayConcurrency * gatewayMemoryMiB);
    for (const name of ['api', 'starter', 'worker'])
      expect(mebibytes(serviceOf(name).mem_limit)).toBeGreaterThanOrEqual(256);
  });
});

function mebibytes(limit: string | undefined): number {
  const [, number, unit] = /^(\d+)([mg])$/.exec(limit ?? '') ?? [];
  return Number(number) * (unit === 'g' ? 1024 : 1);
}
