import { useQuery } from '@tanstack/react-query';
import { whyQuery } from '../../api/queries.ts';
import type { JobDetail, WaitReason } from '../../api/types.ts';
import { sentence } from '../../components/problem.tsx';
import { WayOut } from '../../components/way-out.tsx';

/** Why a job is not running. The first reason is what has to change first. */
export function Waits({ job }: { job: JobDetail }) {
  const isOpen = ['queued', 'processing', 'parked'].includes(job.status);
  const asked = useQuery({ ...whyQuery(job.queue, job.id), enabled: isOpen });
  const waits = isOpen ? (asked.data ?? job.waits ?? []) : [];
  if (waits.length === 0) return null;
  const [first, ...others] = waits;
  return (
    <section
      className="note"
      data-kind={first?.code === 'NEXT' ? 'info' : 'warning'}
      aria-label="Why it waits"
    >
      {first && <Reason reason={first} isFirst />}
      {others.length > 0 && (
        <>
          <p className="muted small then">Then:</p>
          <ul>
            {others.map((reason) => (
              <li key={`${reason.code} ${reason.text}`}>
                <Reason reason={reason} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Reason({ reason: { text, wayOut }, isFirst = false }: { reason: WaitReason; isFirst?: boolean }) {
  return (
    <p>
      {isFirst ? <strong>{sentence(text)}</strong> : sentence(text)} {wayOut && <WayOut text={wayOut} />}
    </p>
  );
}
