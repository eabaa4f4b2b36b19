import { type ReactNode, useId } from 'react';

interface PanelProps {
  title: ReactNode;
  /** Beside the title, at the end of its line. */
  end?: ReactNode;
  /** Without the space around it: tables and the like. */
  flush?: boolean;
  children: ReactNode;
}

export function Panel({ title, end, flush = false, children }: PanelProps) {
  const heading = useId();
  return (
    <section className="panel" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        {end && <div className="end">{end}</div>}
      </header>
      {flush ? children : <div className="body">{children}</div>}
    </section>
  );
}
