import { join } from 'node:path';
import { completeRows, type EndedRow, jobName, type Load, type Places, type Remains } from '../load.ts';
import { illegal, type Problem } from '../problem.ts';
import { definitionOf } from '../settings.ts';
import { readIfThere } from './files.ts';

const environments = ['staging', 'preview', 'production'];
const deployRootOf = ({ disk }: Places) => join(disk, 'deployments');

/** Deployments of the build that was made just before, and of any other, to a few environments. */
export const deployments: Load = {
  queue: definitionOf('deployments'),
  weight: 5,
  variants: { 'new build': { weight: 3 }, 'any build': { weight: 1 } },
  faultCodes: ['IO_ERROR', 'DEPLOYMENT_FAILED'],
  after: 'builds',

  prepare: async (places) => ({ DEPLOY_ROOT: deployRootOf(places) }),

  async insert(tx, { id, variant }) {
    const order = variant === 'new build' ? 'id DESC' : 'random()';
    await tx.query(
      `INSERT INTO deployments (id, build_id, environment) OVERRIDING SYSTEM VALUE
       SELECT $1, id, $2 FROM builds ORDER BY ${order} LIMIT 1
       ON CONFLICT (id) DO NOTHING`,
      [id, environments[Number(id) % environments.length]],
    );
  },

  async judge(remains) {
    const live = environments.map((environment) => judgeLive(environment, remains));
    return [...(await Promise.all(live)).flat(), ...judgeFailures(remains)];
  },
};

/**
 * What is live is the build of the last deployment that succeeded; or of one that made its release live after it, and was ended
 * before its row said so.
 */
async function judgeLive(environment: string, remains: Remains): Promise<Problem[]> {
  const here = ({ fields }: EndedRow) => fields['environment'] === environment;
  const last = completeRows(remains)
    .filter(here)
    .toSorted((a, b) => timeOf(a, 'completed_at') - timeOf(b, 'completed_at'))
    .at(-1);
  if (last === undefined) return [];
  const later = remains.rows.filter(
    (row) => here(row) && row.state !== 'complete' && timeOf(row, 'started_at') > timeOf(last, 'started_at'),
  );
  const path = join(deployRootOf(remains.places), environment, 'current', 'build');
  const live = (await readIfThere(path))?.toString().trim();
  if ([last, ...later].some(({ fields }) => String(fields['build_id']) === live)) return [];
  return [
    illegal(`${environment}: live is build ${live}; job ${last.job} deployed ${last.fields['build_id']}`),
  ];
}

const timeOf = ({ fields }: EndedRow, column: string): number => Date.parse(String(fields[column]));

/** A deployment fails of itself when its build ended without success, even if that was run again later. */
function judgeFailures({ rows, changes }: Remains): Problem[] {
  const unsuccessful = new Set(
    changes.filter(({ to }) => to === 'failed' || to === 'canceled').map(({ job }) => job),
  );
  const buildOf = ({ fields }: EndedRow) => jobName({ queue: 'builds', id: String(fields['build_id']) });
  return rows
    .filter(({ state, errorCode }) => state === 'failed' && errorCode === 'DEPLOYMENT_FAILED')
    .filter((row) => !unsuccessful.has(buildOf(row)))
    .map(({ job, errorMessage }) => illegal(`job ${job} failed, and its build never did: ${errorMessage}`));
}
