import { useQuery } from '@tanstack/react-query';
import { jobStepsQuery } from '../../api/queries.ts';
import type { JobDetail } from '../../api/types.ts';
import { Panel } from '../../components/panel.tsx';
import { Duration, Time } from '../../components/time.tsx';
import { durationText } from '../../components/time-text.ts';
import { ledgerSteps } from './timeline-segments.ts';

/** When each step of the last try came, and how long it took from the one before. */
export function LedgerPanel({ job }: { job: JobDetail }) {
  const { inserted, ended, mirrored } = job.ledger;
  const firstActivity = useQuery(jobStepsQuery(job)).data?.firstActivityAt ?? null;
  const steps = ledgerSteps({ ...job.ledger, firstActivity }).filter(
    ({ name }) => name !== 'mirrored' || mirrored !== null,
  );
  return (
    <Panel title="Ledger" end={inserted && <Total from={inserted} to={ended} />} flush>
      <table className="ledger">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">When</th>
            <th scope="col" className="number">
              After
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map(({ name, label, at, seconds }) => (
            <tr key={name}>
              <th scope="row">{label}</th>
              <td>
                {at === null ? (
                  <span className="muted">{ended === null ? 'not yet' : '–'}</span>
                ) : (
                  <Time at={at} focusable />
                )}
              </td>
              <td className="number nowrap">{seconds === null ? '' : durationText(Math.max(0, seconds))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

const Total = ({ from, to }: { from: string; to: string | null }) => (
  <span className="small muted">
    {to === null ? 'so far' : 'in all'} <Duration from={from} to={to} />
  </span>
);
