import type { ReactNode } from 'react';

/** What may be larger than its place: it scrolls, also by the keyboard. */
export function ScrollBox({ label, kind, children }: { label: string; kind: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll here
    <section className={kind} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
