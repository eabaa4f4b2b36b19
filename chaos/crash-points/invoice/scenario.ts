import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { starter } from '../../../server/roles/starter.ts';
import { worker } from '../../../server/roles/worker.ts';
import { loadSettings } from '../../../server/settings.ts';
import { insertJob, readJob } from '../../../test/support/jobs.ts';
import type { Scenario } from '../scenario.ts';
import { brokenInvariants, leftOvers } from './invariants.ts';

const roles = { starter, worker };

/** A job whose work is one activity: an invoice that the gateway turns into XML. Its processes are the server's own. */
export const invoice: Scenario = {
  name: 'invoice',
  async prepare({ pool, folder }) {
    await mkdir(join(folder, 'uploads'));
    await writeFile(join(folder, 'uploads', 'a.pdf'), '%PDF-1.7');
    return insertJob(pool);
  },
  workflowId: (jobId) => jobId,
  readRow: ({ pool, jobId }) => readJob(pool, jobId),
  command: (role) => [`server/${role}.ts`],
  run: (role, env, context) => roles[role]({ ...context, settings: loadSettings(env) }),
  broken: brokenInvariants,
  leftOvers,
};
