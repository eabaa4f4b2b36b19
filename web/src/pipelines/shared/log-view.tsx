import { useEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { sentence } from '../../components/problem.tsx';
import { saveText } from './save.ts';
import { useTextStream } from './use-text-stream.ts';

interface LogViewProps {
  title: string;
  path: string;
  /** Changes when the log begins anew. */
  version: string;
  /** Whether more may come. */
  mayGoOn: boolean;
  fileName: string;
}

/** How near to its end a log must be scrolled for it to follow what comes. */
const nearEndPx = 30;

/** A log as it grows. It stays at its end, unless it is scrolled away from there. */
export function LogView({ title, path, version, mayGoOn, fileName }: LogViewProps) {
  const { text, goesOn, problem } = useTextStream(path, version, mayGoOn);
  const box = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it moves when there is more text
  useEffect(() => {
    if (follows.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [text]);
  const actions = (
    <>
      {goesOn && <span className="muted small">still running</span>}
      {text !== '' && (
        <Button size="small" onPress={() => saveText(text, fileName)}>
          Download
        </Button>
      )}
    </>
  );
  return (
    <Panel title={title} end={actions} flush>
      {text === '' ? (
        <p className="log-empty muted">{problem ? sentence(problem.message) : 'Nothing yet.'}</p>
      ) : (
        <pre
          ref={box}
          className="log"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by the keyboard
          tabIndex={0}
          role="log"
          aria-label={title}
          onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
            follows.current = scrollTop + clientHeight >= scrollHeight - nearEndPx;
          }}
        >
          {text}
        </pre>
      )}
    </Panel>
  );
}
