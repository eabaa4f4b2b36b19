import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { kubernetesVersion } from '../../scripts/helm/schemas.ts';
import { helmProgram } from '../../scripts/helm/tools.ts';
import { servedQueues } from '../../server/queues.ts';
import { loadSettings, settingsTable } from '../../server/settings.ts';

const chart = 'deploy/helm/switchyard';
const read = (path: string) => readFileSync(path, 'utf8');

type Settings = Record<string, string>;
interface Values {
  settings?: Settings;
  secretSettings?: { name: string }[];
  shutdownGraceSeconds?: number;
  starter?: { settings?: Settings };
  worker?: { settings?: Settings };
  api?: { settings?: Settings };
  gateway?: { enabled?: boolean; settings?: Settings };
}
const roles = ['starter', 'worker', 'api', 'gateway'] as const;
const sets = globSync(`${chart}/values-*.yaml`).sort();
const valuesOf = (path: string) => parse(read(path)) as Values;

/** Temporal's own are read by its SDK. */
const known = (name: string) =>
  Object.values(settingsTable).some((setting) => setting.name === name) || /^TEMPORAL_/.test(name);

test('there are sets of values for a small cluster, for production and for Temporal Cloud', () => {
  expect(sets.map((path) => basename(path))).toEqual([
    'values-production.yaml',
    'values-small.yaml',
    'values-temporal-cloud.yaml',
  ]);
});

test('the templates set settings that exist', () => {
  const templates = globSync(`${chart}/templates/*`).map(read).join('\n');
  const names = [...templates.matchAll(/name: ([A-Z][A-Z_]+)|"([A-Z]+_[A-Z_]+)"/g)].map(
    ([, a, b]) => a ?? b ?? '',
  );
  expect(names.length).toBeGreaterThan(12);
  for (const name of names) expect(known(name), name).toBe(true);
});

test.each([`${chart}/values.yaml`, ...sets])(
  '%s has settings that exist, with values that they take',
  (path) => {
    const values = valuesOf(path);
    for (const role of roles) {
      const settings = { ...values.settings, ...values[role]?.settings };
      for (const [name, value] of Object.entries(settings)) {
        expect(known(name), name).toBe(true);
        expect(typeof value, name).toBe('string');
      }
      expect(() => servedQueues(loadSettings(settings))).not.toThrow();
    }
    for (const { name } of values.secretSettings ?? []) expect(known(name), name).toBe(true);
  },
);

test('scaling and alerts ask for metrics that exist', () => {
  const metrics = read('docs/metrics.md');
  const asked = read(`${chart}/templates/keda.yaml`).match(/switchyard_\w+/g) ?? [];
  expect(asked).toHaveLength(2);
  for (const name of asked) expect(metrics).toContain(`| \`${name}\``);
  expect(read(`${chart}/files/alerts.yml`)).toBe(read('deploy/prometheus/alerts.yml'));
});

interface Container {
  image: string;
  args: string[];
  securityContext: unknown;
  env: { name: string; value?: string; valueFrom?: { secretKeyRef?: unknown } }[];
  resources: { limits: { memory: string } };
  startupProbe?: unknown;
  ports?: { name: string; containerPort: number }[];
}
interface Resource {
  kind: string;
  metadata: { name: string; annotations?: Settings };
  spec: {
    replicas?: number;
    scaleTargetRef?: { name: string };
    template: {
      spec: {
        containers: Container[];
        terminationGracePeriodSeconds?: number;
        securityContext: unknown;
        hostUsers?: boolean;
      };
    };
  };
}

const helm = existsSync(helmProgram) ? helmProgram : onPath('helm');

describe.skipIf(helm === undefined)(
  'the chart (skipped where there is no helm: npm run helm-check builds one)',
  () => {
    const render = (...args: string[]): Resource[] => {
      const all = ['template', 'switchyard', chart, '--kube-version', kubernetesVersion, ...args];
      const text = execFileSync(String(helm), all, { encoding: 'utf8', stdio: 'pipe' });
      return parseAllDocuments(text)
        .map((document) => document.toJS() as Resource | null)
        .filter((resource) => resource !== null);
    };
    const needed = ['--set', 'database.existingSecret=db,temporal.address=temporal:7233'];
    const podsOf = (resources: Resource[]) =>
      resources.filter(({ kind }) => kind === 'Deployment' || kind === 'Job');

    test.each(sets)('%s: no pod has rights, and none has a secret in its values', (path) => {
      const resources = render('--values', path);
      expect(resources.some(({ kind }) => kind === 'Secret')).toBe(false);
      const pods = podsOf(resources);
      expect(pods.length).toBeGreaterThanOrEqual(4);
      for (const { spec } of pods) {
        const { containers, securityContext } = spec.template.spec;
        expect(securityContext).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        for (const { securityContext, env } of containers) {
          expect(securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          const secrets = env.filter(({ name }) => /DATABASE_URL|API_KEY|PAYLOAD_KEYS/.test(name));
          expect(secrets.length).toBeGreaterThan(secrets.length === 0 ? -1 : 0);
          for (const { value, valueFrom } of secrets) {
            expect(value).toBeUndefined();
            expect(valueFrom?.secretKeyRef).toBeDefined();
          }
          expect(new Set(env.map(({ name }) => name)).size).toBe(env.length);
        }
      }
    });

    test.each(sets)('%s: every process starts with its settings, and has time to end', (path) => {
      for (const { kind, spec } of podsOf(render('--values', path))) {
        const [{ env, args }] = spec.template.spec.containers as [Container];
        expect(existsSync(args.at(-1)?.replace(/js$/, 'ts') ?? ''), args.join(' ')).toBe(true);
        const settings = loadSettings(
          Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
        );
        if (kind === 'Deployment')
          expect(Number(spec.template.spec.terminationGracePeriodSeconds) * 1000).toBeGreaterThan(
            settings.shutdownGraceMs + 10_000,
          );
      }
    });

    test('probes reach every process where it listens', () => {
      for (const { spec } of render(...needed).filter(({ kind }) => kind === 'Deployment')) {
        const [{ env, ports, args }] = spec.template.spec.containers as [Container];
        const settings = loadSettings(Object.fromEntries(env.map(({ name, value }) => [name, value])));
        const role = /server\/(\w+)/.exec(String(args.at(-1)))?.[1];
        const [host, port] =
          role === 'api'
            ? [settings.apiHost, settings.apiPort]
            : role === 'gateway'
              ? [settings.gatewayHost, settings.gatewayPort]
              : [settings.healthHost, settings.healthPort];
        expect([host, port]).toEqual(['0.0.0.0', ports?.[0]?.containerPort]);
      }
    });

    test('workers alone may make sandboxes, once values say so', () => {
      const profile = 'type=Localhost,worker.sandbox.seccompProfile.localhostProfile=sandbox.json';
      const values = `worker.sandbox.seccompProfile.${profile},worker.sandbox.unmaskedProc=true`;
      const deployments = render(...needed, '--set', values).filter(({ kind }) => kind === 'Deployment');
      const sandboxing = deployments.filter(({ spec }) => spec.template.spec.hostUsers === false);
      expect(sandboxing.map(({ metadata }) => metadata.name)).toEqual(['switchyard-worker']);
      expect(sandboxing[0]?.spec.template.spec.containers[0]?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'Localhost', localhostProfile: 'sandbox.json' },
        procMount: 'Unmasked',
      });
    });

    test('migrations come before a release and before an upgrade', () => {
      const [job] = render(...needed).filter(({ kind }) => kind === 'Job');
      expect(job?.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    });

    test('each version of the workers is a Deployment with its build id, and is scaled by itself', () => {
      const keda = 'worker.keda.enabled=true,worker.keda.prometheus.serverAddress=http://prometheus:9090';
      const versions =
        'worker.versions[0].buildId=v1,worker.versions[1].buildId=v2.0,worker.versions[1].tag=next';
      const resources = render(...needed, '--set', keda, '--set', versions);
      const workers = resources.filter(
        ({ kind, metadata }) => kind === 'Deployment' && /worker/.test(metadata.name),
      );
      const ids = workers.map(({ spec }) => {
        const [{ env, image }] = spec.template.spec.containers as [Container];
        return [image, env.find(({ name }) => name === 'WORKER_BUILD_ID')?.value, spec.replicas];
      });
      expect(ids).toEqual([
        ['switchyard:0.1.0', 'v1', undefined],
        ['switchyard:next', 'v2.0', undefined],
      ]);
      const scaled = resources.filter(({ kind }) => kind === 'ScaledObject');
      expect(scaled.map(({ spec }) => spec.scaleTargetRef?.name)).toEqual(
        workers.map(({ metadata }) => metadata.name),
      );
    });

    test.each([
      ['database.existingSecret is needed', ['--set', 'temporal.address=temporal:7233']],
      ['temporal.address is needed', ['--set', 'database.existingSecret=db']],
      ['worker.keda.enabled needs', [...needed, '--set', 'worker.keda.enabled=true']],
      ['replicaCount', [...needed, '--set', 'worker.replicaCount=3']],
      ['/temporal/address', [...needed, '--set', 'temporal.address=https://temporal']],
    ])('a release is refused: %s', (why, args) => {
      expect(() => render(...args)).toThrow(why);
    });
  },
);

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => `${folder}/${program}`).find((path) => existsSync(path));
}
