import { defineConfig } from 'vitest/config';

/** Tests of whole processes, several each, which want both cores: more than two such files at once, and some fall behind. */
const processes = [
  'test/{e2e,dev,chaos,crash-points}/**/*.test.ts',
  'test/pipelines/*-{fleet,processes,races,load}.test.ts',
  'test/pipelines/{agent-runs,builds}*.test.ts',
  'test/deploy/adding-a-queue.test.ts',
  'test/platform/redaction.test.ts',
  'test/worker/process.test.ts',
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
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
    // One group after the other.
    projects: [
      {
        extends: true,
        test: {
          name: 'processes',
          include: processes,
          globalSetup,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: processes,
          globalSetup,
          maxWorkers: 3, // they wait for much of their time
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
