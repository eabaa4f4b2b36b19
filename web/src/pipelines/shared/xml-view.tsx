import { useMemo } from 'react';
import { ScrollBox } from './scroll-box.tsx';

/** So many characters are shown; the whole of it can be downloaded. */
const mostShown = 200_000;
const mostColoured = 60_000;

/** XML as text, its tags told apart from what they hold. */
export function XmlView({ xml, label }: { xml: string; label: string }) {
  const shown = xml.slice(0, mostShown);
  const parts = useMemo(
    () => (shown.length > mostColoured ? [shown] : shown.split(/(<[^>]*>)/).filter((part) => part !== '')),
    [shown],
  );
  return (
    <>
      <ScrollBox kind="xml" label={label}>
        <pre>
          {parts.map((part, i) =>
            part.startsWith('<') ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a part has no other name, and stays where it is
              <span key={i} className="xml-tag">
                {part}
              </span>
            ) : (
              part
            ),
          )}
        </pre>
      </ScrollBox>
      {xml.length > mostShown && (
        <p className="muted small">The rest is not shown; download it to see all.</p>
      )}
    </>
  );
}
