import type { QueueDefinition } from '../../src/queues/definition.ts';
import { claimStatements } from '../../src/sql/claim.ts';
import { jobStatements } from '../../src/sql/job.ts';
import { mirrorStatements } from '../../src/sql/mirror.ts';
import { parkingStatements } from '../../src/sql/parking.ts';
import { reconcileStatements } from '../../src/sql/reconciler.ts';
import { redriveStatements } from '../../src/sql/redrives.ts';
import { roomStatements } from '../../src/sql/room.ts';
import { signalRowStatements } from '../../src/sql/signal-rows.ts';
import { signalStatements } from '../../src/sql/signals.ts';
import { startWatchedStatements } from '../../src/sql/start-watched.ts';
import { watchStatements } from '../../src/sql/watch.ts';

type Statements = Record<string, string | undefined>;

/** All statements of a queue, by the file of src/sql that they are in. What takes an argument is given one. */
export function statementsOf(queue: QueueDefinition): Record<string, Statements> {
  const job = jobStatements(queue);
  const { next, requeue, ...redrives } = redriveStatements(queue);
  return {
    claim: { ...claimStatements(queue) },
    job: { ...job, update: queue.progressColumns && job.update(queue.progressColumns) },
    parking: { ...parkingStatements(queue) },
    reconciler: { ...reconcileStatements(queue) },
    redrives: {
      ...redrives,
      nextFailed: next('failed'),
      nextCanceled: next('canceled'),
      nextQueued: next('queued'),
      nextDelayed: next('delayed'),
      requeueFailed: requeue('failed'),
      requeueCanceled: requeue('canceled'),
    },
    room: { ...roomStatements(queue) },
    'signal-rows': { ...signalRowStatements(queue) },
    signals: { ...signalStatements(queue) },
    'start-watched': { ...startWatchedStatements(queue) },
    watch: queue.watched ? { ...watchStatements(queue) } : {},
    mirror: { ...mirrorStatements(queue) },
  };
}

/** The text of a golden file: each statement behind its name. */
export const goldenText = (statements: Statements): string =>
  Object.entries(statements)
    .filter(([, statement]) => statement !== undefined)
    .map(([name, statement = '']) => `-- ${name}\n${dedented(statement)};\n`)
    .join('\n');

/** The statements of a golden file, by their names. */
export const parseGolden = (text: string): [name: string, statement: string][] =>
  text
    .split(/^-- (?=\w+$)/m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end + 1).trimEnd()];
    });

/** Without the indentation that it has from the code around it. */
function dedented(statement: string): string {
  const lines = statement.replace(/^\n/, '').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join('\n');
}
