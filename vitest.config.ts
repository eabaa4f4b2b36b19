import { defineConfig } from 'vitest/config';

/** Tests of whole processes, several each: three files at once keep two cores busy, for each waits for timeouts and restarts. */
const processes = [
  'test/{e2e,dev,chaos,crash-points,examples}/**/*.test.ts',
  'pipelines/*/test/{*-load,fleet,processes,races}.test.ts',
  'pipelines/agent-runs/test/*.test.ts',
  'pipelines/builds/test/builds.test.ts',
  'test/deploy/adding-a-queue.test.ts',
  'test/package/{parcels,two-versions}.test.ts',
  'test/server/{redaction,worker-process}.test.ts',
];

/** Tests that need neither Postgres, nor Temporal, nor another process. */
const unit = [
  'pipelines/agent-runs/test/run/{artifacts,heartbeats}.test.ts',
  'pipelines/builds/test/{output-progress,releases,repository}.test.ts',
  'pipelines/capture-sessions/test/schedules.test.ts',
  'pipelines/invoices/test/{gateway-client,xml}.test.ts',
  'pipelines/invoices/test/api/result-file-name.test.ts',
  'pipelines/invoices/test/gateway/{mappings,norm,receive,write-xml}.test.ts',
  'pipelines/invoices/test/gateway/extract/{dates,evidence,pages,identifiers,invoices,languages,lines,numbers}.test.ts',
  'pipelines/invoices/test/gateway/{given-pages,optional-package,rules}.test.ts',
  'pipelines/lib/test/{file-names,try-folders}.test.ts',
  'pipelines/lib/test/commands/resident-memory.test.ts',
  'pipelines/lib/test/sandbox/{egress-proxy,open-sandbox,seccomp}.test.ts',
  'test/activities/work/{interruptions,stages}.test.ts',
  'test/api/live/position.test.ts',
  'test/bench/{actions,simulation}.test.ts',
  'test/chaos/{acts,faults,judge,judge-watched,tcp-proxy}.test.ts',
  'test/deploy/{compile,compose,helm,licences,systemd}.test.ts',
  'test/docs/{api,index,metrics,paths,pipelines,settings}.test.ts',
  'test/model/*.test.ts',
  'test/operations/history-steps.test.ts',
  'test/package/{faces,manifests}.test.ts',
  'test/pipelines/full-disk.test.ts',
  'test/platform/{data-converter,health-server,issue-words,payload-encryption,remote-codec,temporal,temporal-calls}.test.ts',
  'test/queues/definition.test.ts',
  'test/platform/row-backoff.test.ts',
  'test/server/{config,default-settings,payload-keys}.test.ts',
  'test/sql/golden.test.ts',
  'test/starter/{admission,claim-bound,claim-passes,loop,start-workflow}.test.ts',
  'test/watched/databases/settings.test.ts',
  'test/watched/typescript/{adapters,define-queue,json,types}.test.ts',
  'test/workflows/job-end.test.ts',
  'web/test/*.test.ts',
];

/** Tests of the page in a real browser, all on one stack. */
const page = ['test/page/*.test.ts'];

/** Servers of each group's own. */
const globalSetup = ['test/support/global-setup.ts'];

/** Workers in the tests' own process run workflows in its main thread: a thread for each takes as long to start as most tests take. */
const env = {
  TEMPORAL_DEBUG: '1',
  // Not every machine has one, and tests look at processes by the numbers that these have outside; those of the sandbox ask for it.
  COMMAND_SANDBOX: 'off',
};

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What all files load, Temporal's packages above all, is loaded once a worker.
    isolate: false,
    // Room for young objects: a tenth less CPU time than with the default of 16 MB.
    execArgv: ['--max-semi-space-size=32'],
    coverage: {
      provider: 'v8',
      include: ['{src,pipelines,server}/**/*.ts'],
      exclude: ['pipelines/*/test/**'],
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
          env,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts', 'pipelines/*/test/**/*.test.ts'],
          exclude: [...processes, ...page, ...unit],
          globalSetup,
          env,
          maxWorkers: 4, // they wait for much of their time
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'page',
          include: page,
          globalSetup: ['test/page/support/stack-setup.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
