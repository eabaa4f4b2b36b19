import { countText } from './time-text.ts';

/** How much of a limit is used; without a limit the number alone. */
export function UsedOf({ used, limit }: { used: number; limit: number | null | undefined }) {
  if (limit === null || limit === undefined) return <span className="number">{countText(used)}</span>;
  return (
    <span className="used-of">
      <span className="number">
        {countText(used)} <span className="muted">/ {countText(limit)}</span>
      </span>
      <Meter value={limit === 0 ? 1 : used / limit} />
    </span>
  );
}

/** Between 0 and 1, as a bar; the number stands beside it. */
export function Meter({ value, kind = 'limit' }: { value: number; kind?: 'limit' | 'progress' }) {
  const part = Math.min(1, Math.max(0, value));
  return (
    <svg className="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="6" rx="3" className="rest" />
      <rect
        width={part * 100}
        height="6"
        rx="3"
        className={kind === 'limit' && part >= 1 ? 'full' : 'part'}
      />
    </svg>
  );
}
