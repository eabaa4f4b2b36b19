import { IdTaken } from '../sql/refusal-reasons.ts';
import { shortened } from './start-options.ts';
import type { Whose } from './watched-memo.ts';

/**
 * Whose the workflow in the way is. `countless`, `unsearchable`: it has ended, and whether the job's own came before it nobody can tell,
 * as there were so many, or as Temporal's search cannot be asked for the id.
 */
type Owner = Whose | 'countless' | 'unsearchable';

const owners: Record<Owner, string> = {
  'this attempt': 'is taken by an open workflow of an earlier attempt of this job',
  'another attempt': 'is taken by an open workflow of an earlier attempt of this job',
  'later attempt':
    'is taken by an open workflow of a later attempt of this job, which this database does not know of',
  'another database': 'is taken by an open workflow of another database that has this queue too',
  foreign: 'is taken by an open workflow that Switchyard did not start for this job',
  countless: 'has had more workflows than can be looked through',
  unsearchable:
    "was taken by another workflow, and has characters that Temporal's search cannot be asked for",
};
const waysOut: Record<Owner, string> = {
  'this attempt': 'let that end, or terminate it',
  'another attempt': 'let that end, or terminate it',
  'later attempt': 'let that end, or terminate it',
  'another database': 'give one of the databases a TEMPORAL_NAMESPACE of its own',
  foreign: 'let that end, terminate it, or give the queue another workflow_id',
  countless: 'give the queue another workflow_id',
  unsearchable: 'give the queue another workflow_id',
};

/** The refusal of a job whose workflow id is taken, in words that say what to do. */
export const idTaken = (workflowId: string, owner: Owner): IdTaken =>
  new IdTaken(
    `the workflow id ${shortened(workflowId)} ${owners[owner]}; the job stays queued: ${waysOut[owner]}`,
  );
