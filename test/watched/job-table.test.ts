import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { QueueDefinition } from '../../src/queues/definition.ts';
import { verifyQueue } from '../../src/verify/queues.ts';
import { openWatchedYard, type WatchedYard } from '../support/watched/yard.ts';

let yard: WatchedYard;
beforeEach(async () => {
  yard = await openWatchedYard();
});
afterEach(() => yard.close());

const move = (queue: QueueDefinition, id: string, fields: string) =>
  yard.pool.query(`UPDATE ${queue.table} SET ${fields} WHERE id = $1`, [id]);

describe('the job table of a watched queue', () => {
  test.each(['uuid', 'bigint', 'integer', 'text'])(
    'fits its definition, with ids of type %s',
    async (idType) => {
      const queue = await yard.createQueue('orders', 'echo', { id_type: idType });
      await verifyQueue(yard.pool, queue);
    },
  );

  test('lets a job fail before it starts, and one that was complete go on', async () => {
    const queue = await yard.createQueue('orders', 'echo');
    const id = await yard.insertJob(queue, {});
    await move(queue, id, "status = 'failed', error_code = 'INPUT_TOO_LARGE'");
    await move(queue, id, "status = 'queued'");
    await move(queue, id, "status = 'processing', run_id = 'r'");
    await move(queue, id, "status = 'complete', result = '1'");
    await move(queue, id, "status = 'processing'");
    await expect(move(queue, id, "status = 'other'")).rejects.toThrow();
  });

  test('counts an attempt that is canceled while it waits, as it may have a workflow already', async () => {
    const queue = await yard.createQueue('orders', 'echo');
    const id = await yard.insertJob(queue, {});
    await move(queue, id, 'cancel_requested_at = now()');
    expect(await yard.readJob(queue, id)).toMatchObject({ status: 'canceled', attempt: 1 });
    await move(queue, id, "status = 'queued'");
    expect(await yard.readJob(queue, id)).toMatchObject({ status: 'queued', attempt: 1 });
  });

  test('forgets how a job ended when it waits again', async () => {
    const queue = await yard.createQueue('orders', 'echo');
    const id = await yard.insertJob(queue, {});
    await move(queue, id, "status = 'processing', run_id = 'r'");
    await move(
      queue,
      id,
      "status = 'failed', error_code = 'X', error_message = 'x', failed_at = now(), result_note = 'n'",
    );
    await move(queue, id, "status = 'queued'");
    expect(await yard.readJob(queue, id)).toMatchObject({
      error_code: null,
      error_message: null,
      failed_at: null,
      result_note: null,
      mirror_due: false,
    });
  });
});
