import { useQuery } from '@tanstack/react-query';
import { doctorQuery } from '../../api/queries.ts';
import type { Finding } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { sentence } from '../../components/problem.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { WayOut } from '../../components/way-out.tsx';

const order = ['error', 'warning', 'notice', 'ok'] as const;
const words = { error: 'Error', warning: 'Warning', notice: 'Notice', ok: 'Good' } as const;

/** What is wrong with the installation, and what to do about it. */
export function Doctor() {
  const query = useQuery(doctorQuery);
  return (
    <>
      <PageHead
        title="Doctor"
        below="Connections, settings, rights, task queues and rows, as they are now"
        actions={
          <Button isDisabled={query.isFetching} onPress={() => void query.refetch()}>
            {query.isFetching ? 'Looking …' : 'Look again'}
          </Button>
        }
      />
      <QueryView query={query}>{(findings) => <Findings findings={findings} />}</QueryView>
    </>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  const sorted = [...findings].sort(
    (one, other) => order.indexOf(one.severity) - order.indexOf(other.severity),
  );
  if (sorted.length === 0) return <Empty title="Nothing is wrong" />;
  return (
    <section className="panel" aria-label="Findings">
      <ul className="attention">
        {sorted.map((finding) => (
          <li key={`${finding.code} ${finding.subject}`}>
            <span className="state" data-state={finding.severity}>
              {words[finding.severity]}
            </span>
            <div className="break">
              <p>
                <strong>{finding.subject}</strong>: {sentence(finding.text)}
              </p>
              {finding.wayOut && (
                <p>
                  <WayOut text={finding.wayOut} />
                </p>
              )}
            </div>
            <code className="end muted small">{finding.code}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
