import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import type { Redrive } from '../../api/types.ts';
import { Panel } from '../../components/panel.tsx';
import { stateWord } from '../../components/state.tsx';
import { Time } from '../../components/time.tsx';

/** What chose the jobs, and the pace. */
export function RedriveFacts({ redrive }: { redrive: Redrive }) {
  const facts: [string, ReactNode][] = [
    [
      'Queue',
      <Link key="queue" href={apiPath`/queues/${redrive.queue}`}>
        {redrive.queue}
      </Link>,
    ],
    ['States', redrive.states.map((state) => stateWord(state)).join(', ')],
    ['Error codes', redrive.errorCodes?.join(', ')],
    ['Message contains', redrive.messageContains],
    ['Keys', redrive.keys?.join(', ')],
    ['Ended after', redrive.endedAfter && <Time at={redrive.endedAfter} focusable />],
    ['Ended before', redrive.endedBefore && <Time at={redrive.endedBefore} focusable />],
    ['Pace', `${redrive.perSecond} jobs a second`],
    ['At most waiting', redrive.mostWaiting],
  ];
  return (
    <Panel title="What it chooses">
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== null && value !== undefined && value !== '')
          .map(([name, value]) => (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </Panel>
  );
}
