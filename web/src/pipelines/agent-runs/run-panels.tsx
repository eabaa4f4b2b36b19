import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import type { JobDetail } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { plural } from '../../components/time-text.ts';
import { bytesText } from '../shared/bytes.ts';
import { LogView } from '../shared/log-view.tsx';
import { saveFile } from '../shared/save.ts';
import { ScrollBox } from '../shared/scroll-box.tsx';
import { DiffView } from './diff-view.tsx';
import { PlanSteps } from './plan-steps.tsx';
import { type AgentRun, artifactsQuery, diffQuery, runQuery } from './queries.ts';
import { QuestionAndDiff } from './question.tsx';

/** All of a run that is its own: question, plan, changes, log and artifacts. */
export default function RunPanels({ job }: { job: JobDetail }) {
  const run = useQuery(runQuery(job.id));
  return <QueryView query={run}>{(data) => <Panels run={data} />}</QueryView>;
}

function Panels({ run }: { run: AgentRun }) {
  const isAtWork = run.status === 'running';
  return (
    <div className="stack">
      {run.question && <QuestionAndDiff run={run} question={run.question} />}
      <Panel
        title="Plan"
        end={
          <Link href={apiPath`/agent-sessions/${run.session}`}>
            Session {run.session}, lane {run.lane}
          </Link>
        }
      >
        <PlanSteps plan={run.plan} />
      </Panel>
      {run.attempt > 0 && (
        <LogView
          title="Log"
          path={apiPath`/api/agent-runs/${run.id}/log`}
          version={`${run.attempt} ${run.status}`}
          mayGoOn={isAtWork}
          fileName={`run-${run.session}-${run.lane}.log`}
        />
      )}
      {!run.question && run.finishedAt && <Changes run={run} />}
      {run.finishedAt && <Artifacts id={run.id} />}
    </div>
  );
}

function Changes({ run }: { run: AgentRun }) {
  const diff = useQuery(diffQuery(run.id)).data;
  if (!diff) return null;
  const end = run.result && (
    <span className="small muted break">
      <code>{run.result.branch}</code> at <code>{run.result.commit.slice(0, 12)}</code>
    </span>
  );
  return (
    <Panel title="Changes" end={end}>
      <DiffView diff={diff} />
    </Panel>
  );
}

function Artifacts({ id }: { id: string }) {
  const artifacts = useQuery(artifactsQuery(id)).data ?? [];
  if (artifacts.length === 0) return null;
  return (
    <Panel title={`Artifacts: ${plural(artifacts.length, 'file')}`} flush>
      <ScrollBox kind="table-scroll" label="Artifacts">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th className="number">Size</th>
              <th>SHA-256</th>
            </tr>
          </thead>
          <tbody>
            {artifacts.map(({ name, bytes, sha256, href }) => (
              <tr key={name}>
                <td>
                  <Button
                    size="small"
                    onPress={() => void saveFile(href, name)}
                    aria-label={`Download ${name}`}
                  >
                    {name}
                  </Button>
                </td>
                <td className="number nowrap">{bytesText(bytes)}</td>
                <td>
                  <code title={sha256}>{sha256.slice(0, 16)}…</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </Panel>
  );
}
