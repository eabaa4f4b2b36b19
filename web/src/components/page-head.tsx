import { type ReactNode, useEffect } from 'react';

interface PageHeadProps {
  title: string;
  /** Shown instead of the title where it needs more than text. */
  heading?: ReactNode;
  above?: ReactNode;
  below?: ReactNode;
  actions?: ReactNode;
}

/** The title of a view, also that of the browser's tab, and its actions. */
export function PageHead({ title, heading, above, below, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Switchyard`;
  }, [title]);
  return (
    <header className="page-head">
      <div className="titles">
        {above && <div className="above">{above}</div>}
        <h1>{heading ?? title}</h1>
        {below && <div className="below">{below}</div>}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </header>
  );
}
