/** A time or a duration of Temporal's protocol in milliseconds; a time since 1970. */
export function msOf(
  time: { seconds?: unknown; nanos?: number | null } | null | undefined,
): number | undefined {
  return time == null ? undefined : Number(time.seconds ?? 0) * 1000 + (time.nanos ?? 0) / 1e6;
}
