import type { QueueView } from '../../api/types.ts';
import { Panel } from '../../components/panel.tsx';

/** How the queue is defined, and who works on it. */
export function QueueFacts({ queue }: { queue: QueueView }) {
  return (
    <Panel title="Definition">
      <dl className="facts">
        <dt>Job table</dt>
        <dd>
          <code>{queue.table}</code>
        </dd>
        {queue.source && (
          <>
            <dt>Rows of</dt>
            <dd>
              <code>{queue.source}</code>
            </dd>
          </>
        )}
        <dt>Workflow</dt>
        <dd>{queue.workflow ? <code>{queue.workflow}</code> : '–'}</dd>
        <dt>Task queue</dt>
        <dd>{queue.taskQueue ? <code>{queue.taskQueue}</code> : '–'}</dd>
        <dt>Workers</dt>
        <dd>{workers(queue.pollers)}</dd>
        <dt>Starter</dt>
        <dd>{starters[String(queue.served)]}</dd>
        <dt>Needs</dt>
        <dd>{(queue.needs ?? []).length === 0 ? 'No outside system' : queue.needs.join(', ')}</dd>
      </dl>
    </Panel>
  );
}

const starters: Record<string, string> = {
  true: 'Claims its jobs',
  false: 'No starter claims its jobs',
  null: 'Not seen from here',
};

function workers(pollers: number | null | undefined): string {
  if (pollers === null || pollers === undefined) return 'Not known';
  return pollers === 0 ? 'No worker polls its task queue' : `${pollers} poll the task queue`;
}
