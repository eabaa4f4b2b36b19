import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { JobSummary } from '../../api/types.ts';
import { useMedia } from '../../components/media.ts';
import { State } from '../../components/state.tsx';
import { Time } from '../../components/time.tsx';
import { type Column, chosenColumns, columns } from './columns.tsx';

interface JobsTableProps {
  jobs: readonly JobSummary[];
  hasMore: boolean;
  isLoadingMore: boolean;
  onMore: () => void;
  selected: ReadonlySet<string>;
  onSelect: (ids: ReadonlySet<string>) => void;
}

/**
 * Of elements with the roles of a table, for the rows of a real one cannot be placed one by one. Only the rows in view are drawn, and pages are read as they come near: it is as fast with
 * ten million jobs as with ten.
 */
export function JobsTable(props: JobsTableProps) {
  const { jobs, hasMore, isLoadingMore, onMore, selected, onSelect } = props;
  const isNarrow = useMedia('(max-width: 700px)');
  const names = chosenColumns.use();
  const shown = columns.filter(({ name }) => names.includes(name));
  const body = useRef<HTMLDivElement>(null);
  const rows = useRows(body, jobs.length, isNarrow ? 62 : 36);
  const last = rows.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= jobs.length - 30) onMore();
  }, [hasMore, isLoadingMore, last, jobs.length, onMore]);
  const template = ['32px', ...shown.map(({ width }) => width)].join(' ');
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const isAll = jobs.length > 0 && jobs.every(({ id }) => selected.has(id));
  return (
    <div
      className="jobs"
      role="table"
      aria-label="Jobs"
      aria-rowcount={hasMore ? -1 : jobs.length + 1}
      data-narrow={isNarrow || undefined}
    >
      <div role="rowgroup">
        <div
          className="job-row head"
          role="row"
          aria-rowindex={1}
          style={{ gridTemplateColumns: isNarrow ? undefined : template }}
        >
          <span role="columnheader">
            <input
              type="checkbox"
              aria-label="Select all that are shown"
              checked={isAll}
              onChange={() => onSelect(new Set(isAll ? [] : jobs.map(({ id }) => id)))}
            />
          </span>
          {isNarrow ? (
            <span role="columnheader">Job</span>
          ) : (
            shown.map(({ name, label }) => (
              <span key={name} role="columnheader" className="cut">
                {label}
              </span>
            ))
          )}
        </div>
      </div>
      <div ref={body} role="rowgroup" className="job-rows" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start, size }) => {
          const job = jobs[index];
          if (job === undefined) return null;
          return (
            <div
              key={job.id}
              className="job-row"
              role="row"
              aria-rowindex={index + 2}
              data-selected={selected.has(job.id) || undefined}
              style={{
                height: size,
                transform: `translateY(${start - rows.options.scrollMargin}px)`,
                gridTemplateColumns: isNarrow ? undefined : template,
              }}
            >
              <span role="cell">
                <input
                  type="checkbox"
                  aria-label={`Select ${job.label ?? job.id}`}
                  checked={selected.has(job.id)}
                  onChange={() => toggle(job.id)}
                />
              </span>
              {isNarrow ? <Card job={job} /> : <Cells job={job} shown={shown} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function useRows(body: React.RefObject<HTMLDivElement | null>, count: number, rowHeight: number) {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    setTop((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
  });
  const rows = useWindowVirtualizer({
    count,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: top,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useEffect(() => rows.measure(), [rowHeight]);
  return rows;
}

const Cells = ({ job, shown }: { job: JobSummary; shown: readonly Column[] }) =>
  shown.map(({ name, cell }) => (
    <span key={name} role="cell" className="cut">
      {cell(job)}
    </span>
  ));

/** A row on a phone: what it is and how it stands, and below when and why. */
function Card({ job }: { job: JobSummary }) {
  const link = columns.find(({ name }) => name === 'job');
  return (
    <span role="cell" className="job-card">
      <span className="first">
        {link?.cell(job)}
        <State status={job.status} word={job.word} />
      </span>
      <span className="second muted small">
        <span className="cut">{job.error?.message ?? job.error?.code ?? job.key ?? job.id}</span>
        <Time at={job.endedAt ?? job.startedAt ?? job.createdAt} />
      </span>
    </span>
  );
}
