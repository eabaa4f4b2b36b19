import type { Settings } from '../platform/settings.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { staleAfterMs } from './claim-passes.ts';

const seldomMs = 30_000;
/** A transaction that inserted before the bell was armed, and commits after the quick polls, hardly stays open for longer. */
const quietMs = 60_000;

/**
 * How often an idle starter polls a queue. Every starter claims webhooks and redrives, and all watched queues, of which there may be hundreds;
 * they ring when they come. So those are polled more seldom, watched ones once nothing was started for a while, but often enough to count as
 * well.
 */
export function claimPollMs(
  { always, watched, pollIntervalMs }: Pick<QueueDefinition, 'always' | 'watched' | 'pollIntervalMs'>,
  settings: Pick<Settings, 'pollIntervalMs' | 'claimStaleMs'>,
  hears: boolean,
  sinceStartMs = 0,
): number {
  const rests = always === true || (watched !== undefined && sinceStartMs > quietMs);
  if (!rests || !hears) return pollIntervalMs ?? settings.pollIntervalMs;
  return Math.max(settings.pollIntervalMs, Math.min(seldomMs, staleAfterMs(settings) / 2));
}
