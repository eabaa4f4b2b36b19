import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type * as activities from './activities.ts';

/** An application's workflows, which know nothing of Switchyard. go/main.go has the same. */

interface Order {
  id: number;
  variant: string;
  /** What the runs before this one heard. */
  notes?: number[];
}

const { charge } = proxyActivities<typeof activities>({ startToCloseTimeout: '10 seconds' });

const note = defineSignal<[number]>('note');
const mostNotes = 3;
const patienceMs = 6_000;

/** Pays, and hears so many notes, each in a run of its own if it continues; answers all it heard. */
export async function chaosOrder({
  id,
  variant,
  notes = [],
}: Order): Promise<{ id: number; notes: number[] }> {
  const heard = [...notes];
  setHandler(note, (number) => void heard.push(number));
  if (notes.length === 0) await charge();
  if (variant === 'declined') throw ApplicationFailure.nonRetryable('the card is declined', 'Declined');
  if (variant !== 'signals' && variant !== 'continuing') return { id, notes: heard };
  for (let more = true; more && heard.length < mostNotes; ) {
    const before = heard.length;
    if (variant === 'signals' || before === notes.length)
      more = await condition(() => heard.length > before, patienceMs);
    if (variant === 'continuing' && heard.length > notes.length && heard.length < mostNotes)
      await continueAsNew<typeof chaosOrder>({ id, variant, notes: heard });
  }
  return { id, notes: heard };
}
