import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import { Button } from '../../components/button.tsx';
import { sentence } from '../../components/problem.tsx';
import { State } from '../../components/state.tsx';
import { invoiceQuery, queue } from './queries.ts';
import { clearUploads, type Upload, uploads } from './uploads.ts';

const ended = ['complete', 'failed', 'canceled'];

/** The files that were dropped, and how their jobs go: on every view until it is closed. */
export function UploadList() {
  const list = uploads.use();
  if (list.length === 0) return null;
  return (
    <section className="upload-list" aria-label="Uploads">
      <header>
        <h2>Uploads</h2>
        <Button kind="quiet" size="small" onPress={clearUploads}>
          Clear
        </Button>
      </header>
      <ul>
        {list.map((upload) => (
          <li key={upload.key}>
            <UploadRow upload={upload} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function UploadRow({ upload: { name, mapping, state } }: { upload: Upload }) {
  if (state.kind === 'job') return <JobRow id={state.id} name={name} mapping={mapping} />;
  return (
    <>
      <span className="name cut">{name}</span>
      {state.kind === 'waiting' && <State status="queued" />}
      {state.kind === 'sending' && (
        <progress aria-label={`${name} sent`} value={state.sent} max={1}>
          {Math.round(state.sent * 100)} %
        </progress>
      )}
      {state.kind === 'refused' && (
        <>
          <State status="failed" />
          <p className="why break">{sentence(state.why)}</p>
        </>
      )}
    </>
  );
}

function JobRow({ id, name, mapping }: { id: string; name: string; mapping: string }) {
  const { data: job } = useQuery({
    ...invoiceQuery(id),
    // The view that is open may be told of other jobs alone.
    refetchInterval: ({ state }) => (ended.includes(state.data?.status ?? '') ? false : 1_000),
  });
  return (
    <>
      <Link className="name cut" href={apiPath`/queues/${queue}/jobs/${id}`} title={`${name}, by ${mapping}`}>
        {name}
      </Link>
      <State status={job?.status ?? 'queued'} />
      {job?.error && <p className="why break">{sentence(job.error.message ?? job.error.code)}</p>}
    </>
  );
}
