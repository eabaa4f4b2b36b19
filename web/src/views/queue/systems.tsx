import { useQuery } from '@tanstack/react-query';
import { systemsQuery } from '../../api/queries.ts';
import type { SystemView } from '../../api/types.ts';
import { Panel } from '../../components/panel.tsx';
import { Time } from '../../components/time.tsx';
import { plural } from '../../components/time-text.ts';
import { PauseButton, ResumeButton } from './pauses.tsx';

/** The outside systems that jobs of the queue need, and whether their breakers let jobs through. */
export function Systems({ needs }: { needs: readonly string[] }) {
  const systems = useQuery({ ...systemsQuery, enabled: needs.length > 0 }).data ?? [];
  const shown = systems.filter(({ system }) => needs.includes(system));
  if (shown.length === 0) return null;
  return (
    <Panel title="Outside systems" flush>
      <ul className="attention">
        {shown.map((system) => (
          <System key={system.system} system={system} />
        ))}
      </ul>
    </Panel>
  );
}

function System({ system: { system, pause, failures, lastSuccessAt, probeAt } }: { system: SystemView }) {
  const target = { system };
  return (
    <li>
      <div>
        <p className="row">
          <strong>{system}</strong>
          {pause && (
            <span className="state" data-state="paused">
              {pause.automatic ? 'Out of order' : 'Paused'}
            </span>
          )}
        </p>
        <p className="muted small">
          {lastSuccessAt ? (
            <>
              answered <Time at={lastSuccessAt} />
            </>
          ) : (
            'not seen to answer'
          )}
          {failures > 0 && `, ${plural(failures, 'failure')} in ten minutes`}
          {probeAt && (
            <>
              , tried again <Time at={probeAt} />
            </>
          )}
        </p>
      </div>
      <span className="end">
        {pause ? (
          <ResumeButton target={target} name={system} />
        ) : (
          <PauseButton
            size="small"
            target={target}
            name={system}
            what="No job that needs it starts until it is resumed, in any queue. Those in flight go on."
          />
        )}
      </span>
    </li>
  );
}
