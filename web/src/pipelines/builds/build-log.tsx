import { apiPath } from '../../api/request.ts';
import type { JobDetail } from '../../api/types.ts';
import { LogView } from '../shared/log-view.tsx';

/** What git and the build say, of all tries. */
export default function BuildLog({ job }: { job: JobDetail }) {
  if (job.attempt === 0) return null;
  return (
    <LogView
      title="Log"
      path={apiPath`/api/builds/${job.id}/log`}
      version={String(job.attempt)}
      mayGoOn={job.status === 'processing'}
      fileName={`build-${job.id}.log`}
    />
  );
}
