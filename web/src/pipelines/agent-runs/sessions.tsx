import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import { Empty } from '../../components/empty.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Panel } from '../../components/panel.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { ScrollBox } from '../shared/scroll-box.tsx';
import { sessionsQuery } from './queries.ts';

/** The sessions of the latest agent runs. */
export default function SessionsView() {
  const sessions = useQuery(sessionsQuery);
  return (
    <>
      <PageHead title="Sessions of agent runs" />
      <QueryView query={sessions}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No agent runs yet">Insert one into ops.runs.</Empty>
          ) : (
            <Panel title="Of the latest 1,000 runs" flush>
              <ScrollBox kind="table-scroll" label="Sessions">
                <table>
                  <thead>
                    <tr>
                      <th>Session</th>
                      <th className="number">Runs</th>
                      <th className="number">Waiting or running</th>
                      <th className="number">Waiting for an answer</th>
                      <th className="number">Failed</th>
                      <th>Last</th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row) => (
                      <tr key={row.session}>
                        <td>
                          <Link href={apiPath`/agent-sessions/${row.session}`}>{row.session}</Link>
                        </td>
                        <td className="number">{row.runs}</td>
                        <td className="number">{row.atWork}</td>
                        <td className="number">{row.waitingForAnswer}</td>
                        <td className="number">{row.failed}</td>
                        <td>
                          <Time at={row.lastAt} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </ScrollBox>
            </Panel>
          )
        }
      </QueryView>
    </>
  );
}
