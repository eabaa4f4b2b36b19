import type { Logger } from '../platform/logging.ts';
import { sleep } from '../platform/shutdown.ts';
import type { Doorbell } from './doorbell.ts';
import { Rounds } from './rounds.ts';
import { type PassCounts, passOverMs, type Starter } from './starter.ts';

/** Looks shortly after falling asleep: they catch transactions that began before the bell was armed. */
const quickLooksMs = [20, 100, 500];
/** How often a full queue, or one that goes after another, is looked at again: that ends without a ring. */
const fullMs = 50;
/** A slow rate is looked at as often as this, so that a change of it holds within a second. */
const slowRateMs = 800;
const backoffMs = { first: 250, most: 30_000 };

/**
 * Drives one starter until the signal: pass after pass while there is work; asleep, with the bell armed, when there is
 * none; with growing pauses while Postgres or Temporal is away. Never throws.
 */
export async function runStarterLoop(options: {
  starter: Starter;
  /** `undefined`: polling alone, which then adapts. */
  doorbell: Doorbell | undefined;
  pollIntervalMs: number;
  log: Logger;
  signal: AbortSignal;
  /** Where rounds are told of; its own when left out. */
  rounds?: Rounds;
}): Promise<void> {
  const { starter, doorbell, signal, log } = options;
  const queue = starter.queue.name;
  const rounds = options.rounds ?? new Rounds(queue, log);
  let troubles = 0;
  let idlePasses = 0;
  // Not known at first: a starter that crashed may have left the bell armed.
  let armed: boolean | undefined;

  while (!signal.aborted) {
    const counts = await rounds.make(starter, signal);
    if (counts === undefined || (counts.refused > 0 && counts.started === 0)) {
      await sleep(jitter(Math.min(backoffMs.first * 2 ** troubles, backoffMs.most)), signal);
      troubles += 1;
      continue;
    }
    if (troubles > 0) log.info({ queue, troubles }, 'the starter goes on');
    troubles = 0;

    if (counts.started > 0) {
      idlePasses = 0;
      if (armed !== false) await doorbell?.arm(queue, false);
      armed = false;
      if (counts.heldBy !== undefined) await sleep(heldMs(counts), signal);
      continue;
    }
    if (counts.heldBy !== undefined && counts.heldBy !== 'paused') {
      await sleep(jitter(heldMs(counts)), signal);
      continue;
    }
    if (doorbell !== undefined && armed !== true) {
      armed = (await doorbell.arm(queue, true)) || undefined;
      if (armed) continue; // once more, for what came before the bell was armed
    }
    const rang = await nap(options, idlePasses, counts);
    idlePasses = rang ? 0 : idlePasses + 1;
    // Another starter may have found work in the meantime and gone away before it armed the bell again.
    if (!rang && quickLooksMs[idlePasses] === undefined) armed = undefined;
  }
  if (armed) await doorbell?.arm(queue, false);
}

/**
 * Sleeps until a ring, the next quick look, or the poll interval, and not beyond the time when rows that were passed over
 * may go again. Without a bell, pauses grow with the quiet. Answers whether it rang.
 */
async function nap(
  options: { starter: Starter; doorbell: Doorbell | undefined; pollIntervalMs: number; signal: AbortSignal },
  idlePasses: number,
  counts: PassCounts,
): Promise<boolean> {
  const { doorbell, signal } = options;
  const quick = doorbell === undefined ? 50 * 1.2 ** Math.min(idlePasses, 100) : quickLooksMs[idlePasses];
  const most = counts.passedOver > 0 ? Math.min(passOverMs, options.pollIntervalMs) : options.pollIntervalMs;
  const ms = jitter(Math.min(quick ?? most, most));
  if (doorbell !== undefined) return doorbell.wait(options.starter.queue.name, 'claims', ms, signal);
  await sleep(ms, signal);
  return false;
}

/** When to look again at a queue that a limit held back. */
function heldMs(counts: PassCounts): number {
  return Math.min(Math.max(counts.retryInMs ?? fullMs, fullMs), slowRateMs);
}

/** Between 80 % and 120 %, so that starters which woke together do not stay together. */
function jitter(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4);
}
