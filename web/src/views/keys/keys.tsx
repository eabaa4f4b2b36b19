import { useInfiniteQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { setKeyLimit } from '../../api/actions.ts';
import { keysQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { KeyView } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ModalDialog } from '../../components/dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { TextField } from '../../components/field.tsx';
import { Loading } from '../../components/loading.tsx';
import { Meter } from '../../components/meter.tsx';
import { MorePages } from '../../components/more-pages.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { countText } from '../../components/time-text.ts';
import { useAction } from '../../components/use-action.ts';
import { PauseButton, ResumeButton } from '../queue/pauses.tsx';
import { QueueHead } from '../queue/queue-head.tsx';

/** Whose jobs wait and run, and what each may have. */
export function Keys({ queue }: { queue: string }) {
  const query = useInfiniteQuery(keysQuery(queue));
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const [limited, setLimited] = useState<KeyView>();
  return (
    <>
      <QueueHead queue={queue} view="Keys" />
      {query.error && !query.data && <ProblemNote error={query.error} />}
      {query.isPending && <Loading />}
      {query.data && rows.length === 0 && (
        <Empty title="No key has jobs">A key appears here while it has jobs that wait or run.</Empty>
      )}
      {rows.length > 0 && (
        <section className="panel" aria-label="Keys">
          <table className="cards">
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col" className="number">
                  Waiting
                </th>
                <th scope="col" className="number">
                  In flight
                </th>
                <th scope="col">Share</th>
                <th scope="col">Limit</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((key) => (
                <Row key={key.key} queue={queue} row={key} onLimit={() => setLimited(key)} />
              ))}
            </tbody>
          </table>
          <MorePages query={query} />
        </section>
      )}
      {limited && <LimitDialog queue={queue} row={limited} onClose={() => setLimited(undefined)} />}
    </>
  );
}

function Row({ queue, row, onLimit }: { queue: string; row: KeyView; onLimit: () => void }) {
  const target = { queue, key: row.key };
  const name = `key ${row.key}`;
  const jobs = `${apiPath`/queues/${queue}/jobs`}?${new URLSearchParams({ key: row.key })}`;
  const limit = row.limit === null ? 'As the queue' : countText(row.limit);
  return (
    <tr>
      <td data-label="Key" className="break">
        <Link href={jobs}>{row.key}</Link>{' '}
        {row.pause && (
          <span className="state" data-state="paused" title={row.pause.reason}>
            Paused
          </span>
        )}
      </td>
      <td data-label="Waiting" className="number">
        {countText(row.queued)}
      </td>
      <td data-label="In flight" className="number">
        {countText(row.processing)}
      </td>
      <td data-label="Share">
        <span className="used-of">
          <span className="number">{Math.round(row.share * 100)} %</span>
          <Meter value={row.share} kind="progress" />
        </span>
      </td>
      <td data-label="Limit">
        <Button size="small" kind="quiet" onPress={onLimit} aria-label={`${limit}: limit of ${name}`}>
          {limit}
        </Button>
      </td>
      <td className="number">
        {row.pause ? (
          <ResumeButton target={target} name={name} />
        ) : (
          <PauseButton
            size="small"
            target={target}
            name={name}
            what="No job of this key starts until it is resumed. Those of other keys go on."
          />
        )}
      </td>
    </tr>
  );
}

function LimitDialog({ queue, row, onClose }: { queue: string; row: KeyView; onClose: () => void }) {
  const [text, setText] = useState(row.limit?.toString() ?? '');
  const value = text.trim() === '' ? null : Number(text);
  const isGood = value === null || (Number.isInteger(value) && value >= 0);
  const save = useAction(
    () => setKeyLimit(queue, row.key, value),
    () => {
      onClose();
      return `Limit of ${row.key} set`;
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  return (
    <ModalDialog title={`Limit of ${row.key}`} isOpen onClose={onClose}>
      <form className="fields" onSubmit={submit}>
        <TextField
          label="Jobs in flight"
          hint="Leave empty for the queue’s limit per key."
          inputMode="numeric"
          value={text}
          onChange={setText}
          error={isGood ? undefined : 'A whole number, 0 or more'}
          autoFocus
        />
        <footer className="form-end">
          <Button onPress={onClose}>Leave it</Button>
          <Button type="submit" kind="primary" isDisabled={!isGood || save.isPending}>
            Set limit
          </Button>
        </footer>
      </form>
    </ModalDialog>
  );
}
