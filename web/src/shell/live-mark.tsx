import { liveState } from '../api/live.ts';

const words = {
  connecting: { text: 'Connecting', hint: 'The page is connecting to the events of the API.' },
  live: { text: 'Live', hint: 'Changes are shown as they happen.' },
  polling: { text: 'Every 2 s', hint: 'The API sends no events; the page polls every two seconds.' },
} as const;

/** Whether the page follows what happens. */
export function LiveMark() {
  const state = liveState.use();
  const { text, hint } = words[state];
  return (
    <span className="live-mark small muted" data-state={state} title={hint} role="status">
      {text}
    </span>
  );
}
