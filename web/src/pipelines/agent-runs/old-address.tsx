import { Redirect } from 'wouter';
import { apiPath } from '../../api/request.ts';
import { queue } from './queries.ts';

/** `/agent-runs/ID`, which stands in messages and bookmarks: the run is a job like others. */
export default function OldAddress({ id }: { id: string }) {
  return <Redirect to={apiPath`/queues/${queue}/jobs/${id}`} replace />;
}
