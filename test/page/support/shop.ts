import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { inject } from 'vitest';
import { startPlainWorker } from '../../support/plain-worker.ts';
import { connectTemporal } from '../../support/temporal.ts';
import { sql } from './work.ts';

export interface ShopActivities {
  reserve(item: string): Promise<string>;
  charge(card: string): Promise<string>;
}

export interface Shop {
  /** Answers the id of the order, which is that of its job. */
  order(item: string, card: string): Promise<string>;
  /** From now on the bank takes cards that have expired. */
  mend(): void;
  close(): Promise<void>;
}

const makeQueues = `
  CREATE TABLE shop_orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text NOT NULL, customer text NOT NULL, card text NOT NULL, job_status text);
  SELECT switchyard.add_queue('orders', 'shop_orders', workflow => 'processOrder', task_queue => 'shop', key => 'customer',
    input => $$jsonb_build_object('item', NEW.item, 'card', NEW.card)$$, mirror => '{"status": "job_status"}');
  SELECT switchyard.create_queue('refunds', 'refundOrder', 'shop');`;

/** Two watched queues of an application, and its own worker. */
export async function openShop(): Promise<Shop> {
  await sql(makeQueues);
  let isMended = false;
  const activities: ShopActivities = {
    reserve: async (item) => `${item} from shelf 7`,
    charge: async (card) => {
      if (isMended || card !== 'expired') return 'paid';
      throw ApplicationFailure.nonRetryable('the card of Ada Lovelace has expired', 'CARD_EXPIRED');
    },
  };
  const temporal = await connectTemporal(inject('pageStack').temporalAddress);
  const stop = await startPlainWorker({
    connection: temporal.connection,
    taskQueue: 'shop',
    workflowsPath: fileURLToPath(new URL('./shop-workflows.ts', import.meta.url)),
    activities: { ...activities },
  });
  return {
    order: async (item, card) => {
      const [row] = await sql<{ id: string }>(
        `INSERT INTO shop_orders (item, customer, card) VALUES ($1, 'Ada Lovelace', $2) RETURNING id::text AS id`,
        [item, card],
      );
      return String(row?.id);
    },
    mend: () => {
      isMended = true;
    },
    close: async () => {
      await stop();
      await temporal.close();
    },
  };
}
