import type { Payload } from '@temporalio/common';

/** A time of a protocol message; `null`: it has none. */
export function timeOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): string | null {
  const ms = Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1_000_000;
  return ms === 0 ? null : new Date(ms).toISOString();
}

const mostCharacters = 200;

/** The summary that a workflow gave a step: a text that is not encrypted. No other payload is looked into. */
export function summaryOf(summary: Payload | null | undefined): string | null {
  const encoding = summary?.metadata?.['encoding'];
  if (!summary?.data || !encoding || Buffer.from(encoding).toString() !== 'json/plain') return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(summary.data).toString());
    return typeof value === 'string' ? value.slice(0, mostCharacters) : null;
  } catch {
    return null; // some other converter's
  }
}
