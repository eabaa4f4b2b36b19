import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { settingsTable } from '../../src/platform/config.ts';
import { searchAttributes } from '../../src/queues/search-attributes.ts';

interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  entrypoint?: string[];
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}
const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.image === 'switchyard');
const known = new Set([...Object.values(settingsTable).map(({ name }) => name), 'TEMPORAL_ADDRESS']);

describe('docker-compose.yml', () => {
  test('has every process, Postgres, Temporal and its Web UI', () => {
    const wanted = ['api', 'gateway', 'migrate', 'postgres', 'starter', 'temporal', 'temporal-ui', 'worker'];
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(wanted));
  });

  test.each(ours)('%s runs a program that exists, with settings that exist', (_, service) => {
    const program = service.command?.find((word) => word.endsWith('.ts'));
    expect(existsSync(program ?? '')).toBe(true);
    for (const name of Object.keys(service.environment ?? {})) expect(known).toContain(name);
  });

  test.each(services)('%s depends on services that can fulfil the condition', (_, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = compose.services[name];
      expect(other).toBeDefined();
      if (condition === 'service_healthy') expect(other?.healthcheck).toBeDefined();
    }
  });

  test.each(['api', 'gateway', 'starter', 'worker', 'postgres', 'temporal'])(
    '%s has a health check',
    (name) => {
      expect(compose.services[name]?.healthcheck?.test[0]).toMatch(/^CMD/);
    },
  );

  test('publishes on loopback only', () => {
    for (const [, { ports = [] }] of services)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('keeps data in volumes that it declares', () => {
    const named = services.flatMap(([, { volumes = [] }]) =>
      volumes.filter((volume) => !volume.startsWith('./')),
    );
    for (const volume of named) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
    expect(named.length).toBeGreaterThan(2);
  });

  test('runs scripts that are there and may be run', () => {
    const scripts = services.flatMap(([, { entrypoint = [] }]) =>
      entrypoint.filter((word) => word.endsWith('.sh')),
    );
    expect(scripts).toHaveLength(2);
    for (const script of scripts) expect(statSync(`.${script}`).mode & 0o111).not.toBe(0);
  });

  test('makes the search attributes that jobs carry', () => {
    const script = readFileSync('deploy/temporal-namespace.sh', 'utf8');
    for (const { name } of Object.values(searchAttributes)) expect(script).toContain(name);
  });

  test('lets a worker more time to end than it gives its work', () => {
    const text = readFileSync('docker-compose.yml', 'utf8');
    const seconds = Number(/stop_grace_period: (\d+)s/.exec(text)?.[1]);
    expect(seconds * 1000).toBeGreaterThan(20_000 + 10_000);
  });
});

describe('the Dockerfile', () => {
  const text = readFileSync('Dockerfile', 'utf8');

  test('copies only what is there and what .dockerignore lets through', () => {
    const allowed = readFileSync('.dockerignore', 'utf8').split('\n');
    const sources = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      String(match[1]).split(' '),
    );
    expect(sources).toContain('src');
    for (const source of sources) {
      expect(existsSync(source)).toBe(true);
      expect(allowed).toContain(`!${source}`);
    }
  });

  test('ends as a user without rights', () => {
    expect(text.lastIndexOf('USER node')).toBeGreaterThan(text.lastIndexOf('FROM '));
  });

  test('sets settings that exist', () => {
    const names = [...text.matchAll(/([A-Z_]{4,})=\//g)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(known).toContain(name);
  });
});
