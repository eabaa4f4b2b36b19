import type { QueueDefinition } from '../src/queues/definition.ts';
import type { Change } from './change.ts';
import type { EndedRow } from './load.ts';
import { duplicated, illegal, type Problem } from './problem.ts';
import type { State } from './states.ts';

const legal: Record<State, readonly State[]> = {
  queued: ['processing', 'canceled'],
  processing: ['complete', 'failed', 'canceled', 'queued', 'parked'],
  parked: ['processing', 'failed', 'canceled', 'queued'],
  complete: ['queued'],
  failed: ['queued', 'processing'],
  canceled: ['queued', 'processing'],
};

/** Of the job whose changes are judged. */
interface Circumstances {
  isWatched?: boolean;
  /** Its workflow was reset while it was open. */
  wasReset?: boolean;
}

/** The changes of one job, in order. A watched one follows a reset of its workflow, whatever that had come to. */
export function judgeHistory(changes: readonly Change[], of: Circumstances = {}): Problem[] {
  const problems = changes.flatMap((change, i) => judgeChange(change, changes[i - 1], of));
  const completions = changes.filter(({ to }) => to === 'complete').length;
  const requeued = changes.filter(({ from, to }) => from === 'complete' && to !== 'complete').length;
  if (completions > 1 + requeued)
    problems.push(duplicated(`job ${changes[0]?.job} was completed ${completions} times`));
  return problems;
}

function judgeChange(
  change: Change,
  before: Change | undefined,
  { isWatched = false, wasReset = false }: Circumstances,
): Problem[] {
  const { job, from, to, attempt, attemptBefore } = change;
  const what = `job ${job}: ${from ?? 'nothing'} → ${to}, attempt ${attemptBefore} → ${attempt}, by "${change.actor}"`;
  if (from === null) return to === 'queued' && attempt === 0 ? [] : [illegal(`${what}: no way to begin`)];
  if (before?.to !== from || before.attempt !== attemptBefore)
    return [illegal(`${what}: the row was ${before?.to} in attempt ${before?.attempt}`)];
  const revived = isWatched && from === 'complete' && to === 'processing';
  const takenAlong =
    wasReset && from === 'processing' && to === 'processing' && change.run !== change.runBefore;
  if (!legal[from].includes(to) && !revived && !takenAlong) return [illegal(`${what}: no legal transition`)];
  const started = to === 'processing' && from !== 'parked';
  if (
    attempt !== attemptBefore + (counts(change, isWatched) ? 1 : 0) &&
    !(started && attempt > attemptBefore)
  )
    return [illegal(`${what}: the attempt is wrong`)];
  if (!started && change.run !== change.runBefore) return [illegal(`${what}: the run changed`)];
  return [];
}

/** A watched row that is canceled while it waits counts the attempt that it waited for. */
const counts = ({ from, to }: Change, isWatched: boolean): boolean =>
  from === 'queued' && (to === 'processing' || (isWatched && to === 'canceled'));

/** At no moment were more jobs of the queue in flight than it may have, nor two of a key that may have one. */
export function judgeLimits(
  queue: QueueDefinition,
  rows: readonly EndedRow[],
  changes: readonly Change[],
): Problem[] {
  const keys = new Map(rows.map(({ job, key }) => [job, key]));
  const [inFlight, holding] = [new Set<string>(), new Map<string, Set<string>>()];
  const most = queue.maxInFlight ?? Number.POSITIVE_INFINITY;
  const mostOfKey = queue.key?.maxInFlight ?? Number.POSITIVE_INFINITY;
  return changes.flatMap(({ job, to }) => {
    const key = keys.get(job);
    if (key === undefined) return [];
    const holders = getOrMake(holding, key ?? '');
    move(inFlight, job, to === 'processing');
    move(holders, job, to === 'processing' || (to === 'parked' && queue.parking?.holdsKey === true));
    if (to !== 'processing') return [];
    return [
      ...(inFlight.size > most
        ? [illegal(`${inFlight.size} jobs of ${queue.name} in flight, with ${job}`)]
        : []),
      ...(holders.size > mostOfKey
        ? [illegal(`"${key}" had ${[...holders].join(', ')} in flight at once`)]
        : []),
    ];
  });
}

function getOrMake(sets: Map<string, Set<string>>, name: string): Set<string> {
  const found = sets.get(name) ?? new Set();
  sets.set(name, found);
  return found;
}

function move(set: Set<string>, job: string, into: boolean): void {
  if (into) set.add(job);
  else set.delete(job);
}
