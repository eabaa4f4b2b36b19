import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { jobCountQuery, jobsQuery, queueQuery } from '../../api/queries.ts';
import { useJobEvents } from '../../api/use-live.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Loading } from '../../components/loading.tsx';
import { ChoicesMenu } from '../../components/menu.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { countText } from '../../components/time-text.ts';
import { QueueHead } from '../queue/queue-head.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { chooseColumns, chosenColumns, columns } from './columns.tsx';
import { FilterBar, FilterChips } from './filter-bar.tsx';
import { apiFilter, filterOf } from './job-filter.ts';
import { JobsTable } from './jobs-table.tsx';
import { withEvent } from './live-jobs.ts';
import { SavedViews } from './saved-views.tsx';

/** The jobs of a queue: filtered, selected, retried and canceled. */
export function Jobs({ queue }: { queue: string }) {
  const [path] = useLocation();
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => filterOf(params), [params]);
  const order = params.get('order') ?? 'newest';
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const view = useQuery(queueQuery(queue));
  const { count, query, jobs } = useJobs(queue, filter, order);
  const change = useCallback(
    (changes: Record<string, string | null>) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes))
            if (value === null) next.delete(name);
            else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [setParams],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was selected may not match another filter
  useEffect(() => setSelected(new Set()), [filter, queue]);
  const more = useCallback(() => void query.fetchNextPage(), [query.fetchNextPage]);
  return (
    <>
      <QueueHead queue={queue} view="Jobs" />
      <div className="toolbar">
        <FilterBar filter={filter} order={order} queue={view.data} onChange={change} />
        <div className="end">
          <ChoicesMenu
            label="Columns"
            items={columns.map(({ name, label }) => ({ id: name, label }))}
            chosen={chosenColumns.use()}
            onChoose={(names) => chooseColumns(names.includes('job') ? names : ['job', ...names])}
          />
          <SavedViews address={`${path}?${params}`} />
        </div>
      </div>
      <FilterChips filter={filter} onChange={change} />
      <BulkBar
        queue={queue}
        filter={filter}
        jobs={jobs.filter(({ id }) => selected.has(id))}
        count={count}
        onClear={() => setSelected(new Set())}
      />
      {query.data === undefined ? (
        query.error ? (
          <ProblemNote error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Loading />
        )
      ) : (
        <section className="panel" aria-label="Jobs">
          <JobsTable
            jobs={jobs}
            hasMore={query.hasNextPage}
            isLoadingMore={query.isFetchingNextPage}
            onMore={more}
            selected={selected}
            onSelect={setSelected}
          />
          <Foot
            isEmpty={jobs.length === 0}
            isFiltered={Object.keys(filter).length > 0}
            query={query}
            shown={jobs.length}
            count={count}
          />
        </section>
      )}
    </>
  );
}

function useJobs(queue: string, filter: Readonly<Record<string, string>>, order: string) {
  const asked = useMemo(() => apiFilter(filter), [filter]);
  const options = jobsQuery(queue, { ...asked, order, limit: 100 });
  const query = useInfiniteQuery(options);
  const count = useQuery({ ...jobCountQuery(queue, asked), placeholderData: (before) => before }).data;
  const queries = useQueryClient();
  useJobEvents((event) => {
    if (event.queue === queue) queries.setQueryData(options.queryKey, (data) => withEvent(data, event));
  });
  const jobs = useMemo(() => query.data?.pages.flatMap(({ rows }) => rows) ?? [], [query.data]);
  return {
    query,
    jobs,
    count: count && (count.more ? `${countText(count.count)}+` : countText(count.count)),
  };
}

interface FootProps {
  isEmpty: boolean;
  isFiltered: boolean;
  shown: number;
  count: string | undefined;
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    error: Error | null;
    fetchNextPage: () => unknown;
  };
}

function Foot({ isEmpty, isFiltered, shown, count, query }: FootProps) {
  if (query.error) return <ProblemNote error={query.error} onRetry={() => void query.fetchNextPage()} />;
  if (query.isFetchingNextPage) return <Loading what="Loading more" />;
  if (query.hasNextPage)
    return (
      <p className="table-foot">
        <Button size="small" onPress={() => void query.fetchNextPage()}>
          Look further
        </Button>
      </p>
    );
  if (!isEmpty)
    return (
      <p className="table-foot muted small">
        {shown.toLocaleString('en-US')} of {count ?? '…'} shown
      </p>
    );
  return isFiltered ? (
    <Empty title="No job matches">Remove a filter, or choose another state.</Empty>
  ) : (
    <Empty title="No jobs yet">A job appears here as soon as its row is committed.</Empty>
  );
}
