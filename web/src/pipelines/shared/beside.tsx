import { type ReactNode, useState } from 'react';

interface BesideProps {
  parts: readonly { title: string; content: ReactNode }[];
}

/** Side by side where there is room; one at a time, to choose by its name, where there is not. */
export function Beside({ parts }: BesideProps) {
  const [chosen, choose] = useState(0);
  return (
    <div>
      <div className="segments beside-choice">
        {parts.map(({ title }, i) => (
          <button key={title} type="button" aria-pressed={i === chosen} onClick={() => choose(i)}>
            {title}
          </button>
        ))}
      </div>
      <div className="beside">
        {parts.map(({ title, content }, i) => (
          <div key={title} className="beside-part" data-chosen={i === chosen}>
            {content}
          </div>
        ))}
      </div>
    </div>
  );
}
