import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../../components/button.tsx';
import { ModalDialog } from '../../components/dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { State } from '../../components/state.tsx';
import { Time } from '../../components/time.tsx';
import { tell } from '../../components/toasts.tsx';
import {
  buildPath,
  deploy,
  deploymentPath,
  type Environment,
  environmentsQuery,
  type Release,
} from './queries.ts';

/** What is live where, and what can be rolled back to. */
export default function EnvironmentsView() {
  const environments = useQuery(environmentsQuery);
  return (
    <>
      <PageHead title="Environments" below="What is live where, and what can be rolled back to." />
      <QueryView query={environments}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No deployments yet">A deployment names a build and an environment.</Empty>
          ) : (
            <div className="environments">
              {rows.map((row) => (
                <EnvironmentPanel key={row.name} environment={row} />
              ))}
            </div>
          )
        }
      </QueryView>
    </>
  );
}

function EnvironmentPanel({ environment: { name, live, before, underWay } }: { environment: Environment }) {
  const [chosen, choose] = useState<Release | null>(null);
  return (
    <Panel title={name}>
      <div className="stack">
        {live ? (
          <div>
            <h3>Live</h3>
            <ReleaseText release={live} />
          </div>
        ) : (
          <p className="muted">Nothing is live yet.</p>
        )}
        {underWay.length > 0 && <UnderWay deployments={underWay} />}
        {before.length > 0 && (
          <div>
            <h3>Before</h3>
            <ul className="releases">
              {before.map((release) => (
                <li key={release.buildId}>
                  <ReleaseText release={release} />
                  <Button
                    size="small"
                    isDisabled={!release.deployable}
                    aria-label={
                      release.deployable ? `Roll back ${name} to build ${release.buildId}` : undefined
                    }
                    onPress={() => choose(release)}
                  >
                    {release.deployable ? 'Roll back' : 'Its artifact is gone'}
                  </Button>
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
      {chosen && <RollBack environment={name} release={chosen} onClose={() => choose(null)} />}
    </Panel>
  );
}

function ReleaseText({ release }: { release: Release }) {
  return (
    <p className="break">
      <Link href={buildPath(release.buildId)}>Build {release.buildId}</Link> of {release.branch}
      {release.commit && (
        <>
          {' at '}
          <code>{release.commit.slice(0, 12)}</code>
        </>
      )}
      {', '}
      <Link href={deploymentPath(release.deploymentId)}>
        deployed <Time at={release.since} />
      </Link>
    </p>
  );
}

function UnderWay({ deployments }: { deployments: Environment['underWay'] }) {
  return (
    <div>
      <h3>Under way</h3>
      <ul>
        {deployments.map(({ id, buildId, status }) => (
          <li key={id} className="row">
            <Link href={deploymentPath(id)}>Build {buildId}</Link>
            <State status={status === 'ongoing' ? 'processing' : 'queued'} />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface RollBackProps {
  environment: string;
  release: Release;
  onClose: () => void;
}

function RollBack({ environment, release, onClose }: RollBackProps) {
  const queries = useQueryClient();
  const making = useMutation({
    mutationFn: () => deploy(release.buildId, environment),
    onSuccess: async () => {
      tell(`Build ${release.buildId} goes to ${environment}`);
      onClose();
      await queries.invalidateQueries({ queryKey: environmentsQuery.queryKey });
    },
  });
  return (
    <ModalDialog title={`Roll ${environment} back?`} isOpen onClose={onClose}>
      <p>
        A deployment of build {release.buildId} ({release.branch}) to {environment} is made. It becomes live
        when it has ended; until then what is live stays so.
      </p>
      {making.error && <ProblemNote error={making.error} />}
      <footer>
        <Button onPress={onClose}>Leave it</Button>
        <Button kind="primary" isDisabled={making.isPending} onPress={() => making.mutate()}>
          Deploy build {release.buildId}
        </Button>
      </footer>
    </ModalDialog>
  );
}
