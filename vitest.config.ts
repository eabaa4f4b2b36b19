import { defineConfig } from 'vitest/config';

/** Tests of whole processes, several each, which want both cores: more than two such files at once, and some fall behind. */
const processes = [
  'test/{e2e,dev,chaos,crash-points}/**/*.test.ts',
  'test/pipelines/*-{fleet,processes,races,load}.test.ts',
  'test/pipelines/{agent-runs,builds}*.test.ts',
  'test/deploy/adding-a-queue.test.ts',
  'test/package/orders.test.ts',
  'test/platform/redaction.test.ts',
  'test/worker/process.test.ts',
];

/** Tests that need neither Postgres, nor Temporal, nor another process. */
const unit = [
  'test/activities/{full-disk,gateway,interruptions,releases,repository,run-artifacts,run-heartbeats,schedules,try-folders,xml}.test.ts',
  'test/api/file-names.test.ts',
  'test/chaos/{acts,faults,judge,tcp-proxy}.test.ts',
  'test/deploy/{compose,systemd}.test.ts',
  'test/docs/{api,paths,pipelines,settings}.test.ts',
  'test/gateway/{mappings,receive,write-xml}.test.ts',
  'test/gateway/extract/{dates,identifiers,invoices,lines,numbers}.test.ts',
  'test/model/*.test.ts',
  'test/package/faces.test.ts',
  'test/platform/{config,default-settings,health-server,payload-encryption,resident-memory,temporal}.test.ts',
  'test/queues/definition.test.ts',
  'test/reconciler/repair-backoff.test.ts',
  'test/starter/{admission,claim-bound,loop,rounds,start-workflow}.test.ts',
  'test/workflows/job-end.test.ts',
];

/** Servers of each group's own. */
const globalSetup = ['test/support/global-setup.ts'];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What all files load, Temporal's packages above all, is loaded once a worker.
    isolate: false,
    coverage: {
      provider: 'v8',
      include: ['{src,pipelines,server}/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
    // One group after the other.
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: unit, maxWorkers: 3, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: processes,
          exclude: unit,
          globalSetup,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [...processes, ...unit],
          globalSetup,
          maxWorkers: 3, // they wait for much of their time
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
