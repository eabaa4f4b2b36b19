import { and, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { fromDrizzle, getJob, signal } from 'pg-switchyard';
import { fulfillment } from './queues.ts';
import { journal, orders } from './schema.ts';
import { approve } from './workflows.ts';

/** What the shop does with its orders; nothing here calls Temporal. */
export function createShop(db: NodePgDatabase) {
  return {
    async order(item: string, cents: number) {
      const [made] = await db.insert(orders).values({ item, cents }).returning({ id: orders.id });
      return made;
    },

    /** The workflow starts when, and only if, this transaction commits. */
    pay: (id: number, card: string) =>
      db.transaction(async (tx) => {
        const isNew = and(eq(orders.id, id), eq(orders.state, 'new'));
        const paid = await tx.update(orders).set({ state: 'paid', card }).where(isNew).returning();
        await tx.insert(journal).values({ orderId: id, entry: 'paid' });
        if (paid.length === 0) throw new Error(`order ${id} has been paid already`);
      }),

    /** The signal is sent with the entry, or neither is there. */
    approve: (id: number, by: string) =>
      db.transaction(async (tx) => {
        await tx.insert(journal).values({ orderId: id, entry: `approved by ${by}` });
        await signal(fromDrizzle(tx, sql), fulfillment, id, approve, by);
      }),

    async look(id: number) {
      const [order] = await db.select().from(orders).where(eq(orders.id, id));
      const job = await getJob(fromDrizzle(db, sql), fulfillment, id);
      return { ...order, ...job?.result };
    },
  };
}
