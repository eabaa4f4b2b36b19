import type { WorkflowStep } from '../../api/types.ts';

/** Where a step lies between two times, in percent of the way. */
export interface Bar {
  left: number;
  width: number;
}

/** A step that goes on reaches until `to`. What lies outside is cut. */
export function barOf({ scheduledAt, endedAt }: WorkflowStep, from: number, to: number): Bar {
  const span = Math.max(1, to - from);
  const percent = (time: number) => Math.min(100, Math.max(0, ((time - from) / span) * 100));
  const left = percent(scheduledAt === null ? from : Date.parse(scheduledAt));
  const right = endedAt === null ? 100 : percent(Date.parse(endedAt));
  return { left, width: Math.max(0, right - left) };
}

/** How long it took, or takes so far, in seconds; null: it happened at one moment. */
export function secondsOf({ kind, scheduledAt, endedAt }: WorkflowStep, now: number): number | null {
  if (scheduledAt === null || ['signal', 'update', 'workflow task'].includes(kind)) return null;
  const end = endedAt === null ? now : Date.parse(endedAt);
  return Math.max(0, end - Date.parse(scheduledAt)) / 1000;
}
