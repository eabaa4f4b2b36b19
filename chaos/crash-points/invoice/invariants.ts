import { createHash } from 'node:crypto';
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createResults } from '../../../src/activities/results/results.ts';
import { readJob, type TestRow } from '../../../test/support/jobs.ts';
import type { Site } from '../scenario.ts';
import { eventProblems, unless } from '../scenario.ts';
import { lastRun } from '../settle.ts';
import { resultOf } from '../world.ts';

const threeDaysMs = 3 * 24 * 60 * 60 * 1000;

/** What is wrong at a settled job that was to complete; `deaths` is how many processes died on the way. */
export async function brokenInvariants(site: Site, deaths: number): Promise<string[]> {
  const row = await readJob(site.pool, site.jobId);
  return [
    ...rowProblems(row),
    ...(await resultProblems(site, row)),
    ...(await runProblems(site, row)),
    ...(await eventProblems(site)),
    ...callProblems(site, deaths),
    ...(await leftOverProblems(site)),
  ];
}

/** However often a claim was begun, the row was dispatched once: the one run goes on where a process died. */
function rowProblems(row: TestRow): string[] {
  return [
    ...unless(
      row.status === 'complete',
      `the row ended ${row.status}: ${row.error_code} ${row.error_message}`,
    ),
    ...unless(row.attempt === 1, `the row tells of ${row.attempt} attempts`),
    ...unless(
      row.leased_by === null && row.lease_expires_at === null,
      'the ended row still names its starter',
    ),
  ];
}

async function resultProblems(site: Site, row: TestRow): Promise<string[]> {
  const files = (await readdir(join(site.folder, 'results'))).filter((name) => !name.endsWith('.part'));
  if (files.join() !== `${site.jobId}.xml`) return [`the results are: ${files.join(', ') || 'none'}`];
  const content = await readFile(join(site.folder, 'results', `${site.jobId}.xml`));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return [
    ...unless(
      content.toString() === resultOf(site.jobId),
      `the result is ${JSON.stringify(content.toString())}`,
    ),
    ...unless(row.result_path === `results/${site.jobId}.xml`, `the row names ${row.result_path} as result`),
    ...unless(row.result_bytes === String(content.length), `the row says ${row.result_bytes} bytes`),
    ...unless(row.result_sha256 === sha256, `the row says ${row.result_sha256}, the file has ${sha256}`),
  ];
}

async function runProblems(site: Site, row: TestRow): Promise<string[]> {
  const run = await lastRun(site);
  if (run === undefined) return ['the job has no workflow'];
  return [
    ...unless(run.status === 'COMPLETED', `the last run is ${run.status}`),
    ...unless(run.runId === row.run_id, `the row names run ${row.run_id}, the last run is ${run.runId}`),
  ];
}

/** A job that was at the gateway when its worker died may call it again; nothing else may. */
function callProblems(site: Site, deaths: number): string[] {
  const calls = site.world.gateway.calls.filter((jobId) => jobId === site.jobId).length;
  return unless(calls >= 1 && calls <= 1 + deaths, `the gateway was called ${calls} times`);
}

/** Temporary files that a killed worker left are gone once they are old enough for the sweep. */
async function leftOverProblems(site: Site): Promise<string[]> {
  for (const path of await leftOvers(site)) {
    const old = new Date(Date.now() - threeDaysMs);
    await utimes(join(site.folder, path), old, old);
  }
  const results = await createResults({ resultRoot: site.folder, stagingRoot: join(site.folder, 'staging') });
  await results.sweep();
  return (await leftOvers(site)).map((path) => `${path} would never be removed`);
}

/** Files that are neither the upload nor the result nor a log. */
export async function leftOvers(site: Site): Promise<string[]> {
  const kept = new Set(['uploads/a.pdf', `results/${site.jobId}.xml`]);
  const entries = await readdir(site.folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(site.folder.length + 1))
    .filter((path) => !kept.has(path) && !path.endsWith('.log'));
}
