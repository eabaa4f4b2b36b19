import type { Redrive } from '../../api/types.ts';
import { Meter } from '../../components/meter.tsx';
import { countText } from '../../components/time-text.ts';

/** How far it has come. */
export function RedriveProgress({
  redrive: { total, requeued, canceled, skipped, refused },
}: {
  redrive: Redrive;
}) {
  const done = requeued + canceled + skipped + refused;
  if (total === null) return <span className="muted">counting …</span>;
  return (
    <span className="used-of">
      <span className="number">
        {countText(done)} <span className="muted">/ {countText(total)}</span>
      </span>
      <Meter value={total === 0 ? 1 : done / total} kind="progress" />
    </span>
  );
}
