import { Focusable, Tooltip, TooltipTrigger } from 'react-aria-components';
import { useNowText } from './now.ts';
import { durationText, exactTime, relativeTime } from './time-text.ts';

interface TimeProps {
  /** ISO 8601. */
  at: string | null | undefined;
  /** Shows the exact time when the keyboard reaches it; not in tables, where that is a stop a cell. */
  focusable?: boolean;
}

/** "3 min ago", with the exact time on hover. */
export function Time({ at, focusable = false }: TimeProps) {
  const when = at ? Date.parse(at) : Number.NaN;
  const text = useNowText((now) => (Number.isNaN(when) ? '–' : relativeTime(when, now)));
  if (!at || Number.isNaN(when)) return <span className="muted">–</span>;
  const exact = exactTime(when);
  if (!focusable)
    return (
      <time className="nowrap" dateTime={at} title={exact}>
        {text}
      </time>
    );
  return (
    <TooltipTrigger delay={200}>
      <Focusable>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its exact time is shown on focus */}
        <time className="nowrap" dateTime={at} tabIndex={0} role="note" aria-label={`${text}, ${exact}`}>
          {text}
        </time>
      </Focusable>
      <Tooltip className="tooltip" offset={4}>
        {exact}
      </Tooltip>
    </TooltipTrigger>
  );
}

/** From one time to another, or to now while it goes on. */
export function Duration({ from, to }: { from: string | null; to?: string | null }) {
  const start = from ? Date.parse(from) : Number.NaN;
  const end = to ? Date.parse(to) : undefined;
  const text = useNowText((now) =>
    Number.isNaN(start) ? '–' : durationText(Math.max(0, (end ?? Math.max(now, start)) - start) / 1000),
  );
  return <span className="nowrap number">{text}</span>;
}
