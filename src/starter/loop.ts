import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';
import { ClaimPasses } from './claim-passes.ts';
import type { Doorbell } from './doorbell.ts';
import type { PassCounts, Starter } from './starter.ts';

/** Polls shortly after falling asleep: they catch transactions that began before the bell was armed. */
const quickPollsMs = [20, 100, 500];
/** A queue that waits for room, or for another, is polled after a tenth of the time it has waited: that ends without a ring. */
const heldPollMs = { least: 50, most: 500 };
/** A slow rate, and without a bell a paused queue, is polled as often as this, so that a change holds within a second. */
const slowRateMs = 800;
/** However soon a row that was passed over may go again. */
const leastNapMs = 100;
type ClaimingStarter = Pick<Starter, 'queue' | 'runOnce'>;

/** Starts that follow each other within this time are no lone ones: writers stop ringing. */
const denseMs = 200;

const backoffMs = { first: 250, most: 10_000 };

/**
 * Drives one starter until the signal: pass after pass while there is work; asleep, with the bell armed, when there is
 * none; with growing pauses while Postgres or Temporal is away. Never throws.
 */
export async function runStarterLoop(options: {
  starter: ClaimingStarter;
  /** `undefined`: polling alone, which then adapts. */
  doorbell: Doorbell | undefined;
  pollIntervalMs: number;
  log: Logger;
  signal: AbortSignal;
  /** Where passes are reported; its own when left out. */
  passes?: ClaimPasses;
}): Promise<void> {
  const { starter, signal, log } = options;
  const queue = starter.queue.name;
  const passes = options.passes ?? new ClaimPasses(queue, log);
  let troubles = 0;
  let idlePasses = 0;
  // Not known at first: a starter that crashed may have left the bell armed.
  let armed: boolean | undefined;
  let heldSince: number | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;

  while (!signal.aborted) {
    const doorbell = heardBell(options);
    const counts = await passes.make(starter, signal);
    if (counts === undefined || (counts.unanswered > 0 && counts.started === 0)) {
      await sleep(jitter(Math.min(backoffMs.first * 2 ** troubles, backoffMs.most)), signal);
      troubles += 1;
      continue;
    }
    if (troubles > 0) log.info({ queue, troubles }, 'the starter goes on');
    troubles = 0;
    // Passed over from now on, or failed: others may stand behind them.
    if (counts.refused + counts.failed > 0 && counts.started === 0) continue;
    heldSince = isHeld(counts) && counts.started === 0 ? (heldSince ?? performance.now()) : undefined;
    const heldMs = isHeld(counts) ? nextPollMs(counts, heldSince) : undefined;

    const isLone = counts.sawAll && performance.now() - startedAt > denseMs;
    if (counts.started > 0) startedAt = performance.now();
    // Armed since before the claim: what came later has rung.
    if (counts.started > 0 && !(isLone && armed === true && heldMs === undefined)) {
      idlePasses = 0;
      if (armed !== false) await doorbell?.arm(queue, false);
      armed = false;
      if (heldMs !== undefined) await sleep(heldMs, signal);
      continue;
    }
    // Rows whose keys have no room: one of another key may come, and rings.
    if (heldMs !== undefined && counts.heldBy !== 'keys') {
      await sleep(jitter(heldMs), signal);
      continue;
    }
    if (doorbell !== undefined && armed !== true) {
      const answer = await doorbell.arm(queue, true);
      armed = answer && true;
      if (answer?.changed) {
        idlePasses = 0;
        continue; // once more, for what came before the bell was armed
      }
    }
    const rang = await nap(options, idlePasses, counts, heldMs);
    idlePasses = rang ? idlePasses : idlePasses + 1;
    // Another starter may have found work in the meantime and gone away before it armed the bell again.
    if (!rang && quickPollsMs[idlePasses] === undefined) armed = undefined;
  }
  if (armed) await options.doorbell?.arm(queue, false);
}

/**
 * Sleeps until a ring, the next quick poll, or the poll interval, and not beyond the time when rows that were passed over
 * may go again. Without a bell, pauses grow with the quiet. Answers whether it rang.
 */
async function nap(
  options: {
    starter: ClaimingStarter;
    doorbell: Doorbell | undefined;
    pollIntervalMs: number;
    signal: AbortSignal;
  },
  idlePasses: number,
  counts: PassCounts,
  heldMs: number | undefined,
): Promise<boolean> {
  const { signal } = options;
  const doorbell = heardBell(options);
  const quick = doorbell === undefined ? 50 * 1.2 ** Math.min(idlePasses, 100) : quickPollsMs[idlePasses];
  const mayWait = Math.max(counts.againInMs ?? options.pollIntervalMs, leastNapMs);
  // What resumes a queue rings; without a bell it is found by polling.
  const soon = doorbell === undefined && counts.heldBy === 'paused' ? slowRateMs : mayWait;
  const most = Math.min(soon, options.pollIntervalMs);
  const ms = jitter(Math.min(heldMs ?? quick ?? most, most));
  if (doorbell !== undefined) return doorbell.wait(options.starter.queue.name, 'claims', ms, signal);
  await sleep(ms, signal);
  return false;
}

/** `undefined`: polling alone. */
const heardBell = ({ doorbell }: { doorbell: Doorbell | undefined }): Doorbell | undefined =>
  doorbell?.deaf === true ? undefined : doorbell;

const isHeld = ({ heldBy }: PassCounts): boolean => heldBy !== undefined && heldBy !== 'paused';

/** When to poll a queue again that is held back. */
function nextPollMs({ retryInMs }: PassCounts, heldSince = performance.now()): number {
  if (retryInMs !== undefined) return Math.min(Math.max(retryInMs, heldPollMs.least), slowRateMs);
  return Math.min(Math.max((performance.now() - heldSince) / 10, heldPollMs.least), heldPollMs.most);
}

/** Between 80 % and 120 %, so that starters which woke together do not stay together. */
function jitter(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4);
}
