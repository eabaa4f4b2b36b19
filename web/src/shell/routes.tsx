import { Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { Loading } from '../components/loading.tsx';
import { extensions } from '../pipelines/index.ts';
import { Failures, QueueFailures } from '../views/failures/failures.tsx';
import { Find } from '../views/find/find.tsx';
import { Inbox } from '../views/inbox/inbox.tsx';
import { Job } from '../views/job/job.tsx';
import { Jobs } from '../views/jobs/jobs.tsx';
import { Keys } from '../views/keys/keys.tsx';
import { Audit } from '../views/operation/audit.tsx';
import { Doctor } from '../views/operation/doctor.tsx';
import { Tokens } from '../views/operation/tokens.tsx';
import { Webhooks } from '../views/operation/webhooks.tsx';
import { Overview } from '../views/overview/overview.tsx';
import { Queue } from '../views/queue/queue.tsx';
import { Redrives, RedriveView } from '../views/redrives/redrives.tsx';
import { NotFound } from './not-found.tsx';

/** Every view of the page. Those of pipelines go first. */
export function Routes() {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        {extensions
          .flatMap(({ routes = [] }) => routes)
          .map(({ path, component: View }) => (
            <Route key={path} path={path}>
              {(params) => <View {...params} />}
            </Route>
          ))}
        <Route path="/" component={Overview} />
        <Route path="/queues/:queue">{({ queue }) => <Queue key={queue} queue={queue} />}</Route>
        <Route path="/queues/:queue/jobs">{({ queue }) => <Jobs key={queue} queue={queue} />}</Route>
        <Route path="/queues/:queue/jobs/:id">
          {({ queue, id }) => <Job key={`${queue} ${id}`} queue={queue} id={id} />}
        </Route>
        <Route path="/queues/:queue/failures">{({ queue }) => <QueueFailures queue={queue} />}</Route>
        <Route path="/queues/:queue/keys">{({ queue }) => <Keys key={queue} queue={queue} />}</Route>
        <Route path="/failures" component={Failures} />
        <Route path="/redrives" component={Redrives} />
        <Route path="/redrives/:id">{({ id }) => <RedriveView id={id} />}</Route>
        <Route path="/inbox" component={Inbox} />
        <Route path="/doctor" component={Doctor} />
        <Route path="/audit" component={Audit} />
        <Route path="/webhooks" component={Webhooks} />
        <Route path="/tokens" component={Tokens} />
        <Route path="/find" component={Find} />
        <Route component={NotFound} />
      </Switch>
    </Suspense>
  );
}
