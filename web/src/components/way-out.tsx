import { sentence } from './problem.tsx';

/** What to do about it: a command as it is typed, or words. */
export function WayOut({ text }: { text: string }) {
  return /^(switchyard|npm|temporal|psql|node) |^SELECT /.test(text) ? (
    <code className="break">{text}</code>
  ) : (
    <span className="muted">{sentence(text)}</span>
  );
}
