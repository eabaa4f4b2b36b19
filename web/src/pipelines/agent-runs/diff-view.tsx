import { useMemo } from 'react';
import { plural } from '../../components/time-text.ts';
import { ScrollBox } from '../shared/scroll-box.tsx';
import { type DiffLine, type FileDiff, parseDiff } from './diff.ts';

/** So many lines of one file are shown; the whole diff is an artifact. */
const mostLines = 2_000;

const signs = { added: '+', removed: '−', same: ' ', hunk: '', note: '' } as const;
const words = { added: 'added: ', removed: 'removed: ', same: '', hunk: '', note: '' } as const;

/** What a run has changed, file by file. Added and removed lines have a sign as well as a colour. */
export function DiffView({ diff }: { diff: string }) {
  const files = useMemo(() => parseDiff(diff), [diff]);
  if (files.length === 0) return <p className="muted">No file has changed.</p>;
  return (
    <div className="diff">
      {files.map((file) => (
        <FileView key={file.name} file={file} isOpen={files.length <= 20} />
      ))}
    </div>
  );
}

function FileView({ file, isOpen }: { file: FileDiff; isOpen: boolean }) {
  const shown = file.lines.slice(0, mostLines);
  return (
    <details open={isOpen}>
      <summary>
        <code className="break">{file.name}</code>{' '}
        <span className="muted small nowrap">
          {file.change === 'changed' ? '' : `${file.change}, `}
          {plural(file.added, 'line')} added, {file.removed} removed
        </span>
      </summary>
      <ScrollBox kind="diff-lines" label={`Changes of ${file.name}`}>
        {shown.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name, and stays where it is
          <Line key={i} line={line} />
        ))}
        {file.lines.length > mostLines && (
          <p className="muted small">{plural(file.lines.length - mostLines, 'more line')}: see diff.patch.</p>
        )}
      </ScrollBox>
    </details>
  );
}

const Line = ({ line: { kind, text } }: { line: DiffLine }) => (
  <div className="diff-line" data-kind={kind}>
    <span className="diff-sign" aria-hidden="true">
      {signs[kind]}
    </span>
    <span className="visually-hidden">{words[kind]}</span>
    <span className="text">{text === '' ? ' ' : text}</span>
  </div>
);
