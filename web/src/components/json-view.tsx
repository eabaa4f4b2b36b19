import { Button } from './button.tsx';
import { tell } from './toasts.tsx';

/** A value as indented JSON, to read and to copy. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => tell(`${label} copied`),
      () => tell('The browser does not let the page copy', 'error'),
    );
  return (
    <div className="json-view">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className="json" tabIndex={0} aria-label={`${label} as JSON`}>
        <pre>{text}</pre>
      </section>
      <Button size="small" kind="quiet" onPress={() => void copy()} aria-label={`Copy ${label}`}>
        Copy
      </Button>
    </div>
  );
}
