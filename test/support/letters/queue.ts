import { join } from 'node:path';
import { withDefaults } from '../../../src/platform/default-settings.ts';
import type { QueueDefinition } from '../../../src/queues/definition.ts';
import { standardColumns, standardOrder, standardStates } from '../../../src/queues/standard.ts';
import { systemPipeline } from '../../../src/worker/system-pipeline.ts';

const lettersTable = 'public.letters';

/** A neutral queue: its jobs are sent by a carrier, an outside system, and get what that answers. */
export function lettersQueue(options: Partial<QueueDefinition> = {}): QueueDefinition {
  return {
    name: 'letters',
    table: lettersTable,
    columns: { ...standardColumns, label: 'title' },
    resultColumns: ['result_path', 'result_bytes', 'result_sha256'],
    states: standardStates,
    order: standardOrder,
    claimIndex: 'letters_claim_idx',
    key: { column: 'customer', claimIndex: 'letters_claim_by_key_idx' },
    idType: 'uuid',
    batch: 10,
    maxInFlight: 100,
    fair: true,
    needs: ['carrier'],
    maxWaitMs: 0,
    workflowType: 'sendLetter',
    taskQueue: 'test',
    deadlineMs: 24 * 3_600_000,
    lostWorkflow: 'fail',
    ...options,
  };
}

/** Letters, and the queues that serve all others. */
export const allLetterQueues = (options: Partial<QueueDefinition> = {}): QueueDefinition[] => {
  const letters = lettersQueue(options);
  const { taskQueue } = letters;
  const settings = withDefaults({ databaseUrl: '', taskQueue });
  return [letters, ...systemPipeline(settings).queues];
};

/** The files of letters below a folder: what is enclosed and what came back, each its row's own, and enclosures that rows name. */
export const letterFiles = (folder: string): NonNullable<QueueDefinition['files']> => ({
  own: [
    { folder: join(folder, 'enclosures'), ending: '.txt' },
    { folder: join(folder, 'results'), ending: '.xml' },
  ],
  named: [{ folder: join(folder, 'enclosures'), table: lettersTable, column: 'enclosure' }],
});
