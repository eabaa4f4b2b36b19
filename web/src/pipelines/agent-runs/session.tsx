import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import { PageHead } from '../../components/page-head.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { State } from '../../components/state.tsx';
import { Duration, Time } from '../../components/time.tsx';
import { plural } from '../../components/time-text.ts';
import { PlanSteps } from './plan-steps.tsx';
import { type AgentRun, queue, sessionQuery, stateOf } from './queries.ts';

/** The lanes of a session side by side, each with its runs, the newest on top. */
export default function SessionView({ session }: { session: string }) {
  const found = useQuery(sessionQuery(session));
  return (
    <>
      <PageHead
        title={`Session ${session}`}
        above={<Link href="/agent-sessions">Sessions of agent runs</Link>}
        below="Runs of one lane go one after the other; lanes go side by side."
      />
      <QueryView query={found}>
        {({ lanes }) => (
          <div className="lanes">
            {lanes.map(({ lane, runs }) => (
              <section key={lane} className="lane" aria-label={`Lane ${lane}`}>
                <h2>Lane {lane}</h2>
                {runs.map((run, i) => (
                  <RunCard key={run.id} run={run} isLatest={i === 0} />
                ))}
              </section>
            ))}
          </div>
        )}
      </QueryView>
    </>
  );
}

/** The latest run of a lane shows its plan; of those before, their names are enough. */
function RunCard({ run, isLatest }: { run: AgentRun; isLatest: boolean }) {
  const done = run.plan.filter(({ state }) => state === 'done').length;
  return (
    <article className="panel run-card">
      <header>
        <Link href={apiPath`/queues/${queue}/jobs/${run.id}`}>
          Lane {run.lane}, <Time at={run.createdAt} />
        </Link>
        <div className="end">
          <State status={stateOf[run.status]} />
        </div>
      </header>
      <div className="body stack">
        {run.error && (
          <p className="note break" data-kind="error">
            {run.error.message} <code>{run.error.code}</code>
          </p>
        )}
        {run.question && (
          <p className="note break" data-kind="warning">
            Asks: {run.question.message}{' '}
            <Link href={apiPath`/queues/${queue}/jobs/${run.id}`}>Answer it</Link>
          </p>
        )}
        <p className="muted small">
          {done} of {plural(run.plan.length, 'step')} done
          {run.claimedAt && (
            <>
              {' · '}
              <Duration from={run.claimedAt} to={run.finishedAt} />
            </>
          )}
        </p>
        {isLatest && <PlanSteps plan={run.plan} />}
      </div>
    </article>
  );
}
