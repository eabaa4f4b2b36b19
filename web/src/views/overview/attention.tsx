import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { inboxQuery } from '../../api/queries.ts';
import { apiPath } from '../../api/request.ts';
import type { Finding, InboxItem, Pause, QueueView } from '../../api/types.ts';
import { useFindings } from '../../api/use-findings.ts';
import { Actor } from '../../components/actor.tsx';
import { Panel } from '../../components/panel.tsx';
import { sentence } from '../../components/problem.tsx';
import { Time } from '../../components/time.tsx';
import { plural } from '../../components/time-text.ts';
import { pauseName, pauseTarget, ResumeButton } from '../queue/pauses.tsx';

const shown = 3;

/** What a person should know, or do, before all else. Nothing when there is nothing. */
export function Attention({ queues }: { queues: readonly QueueView[] }) {
  const findings = useFindings().filter(({ severity }) => ['error', 'warning'].includes(severity));
  const questions = useQuery(inboxQuery).data ?? [];
  const pauses = distinctPauses(queues);
  const broken = queues.filter(({ problem }) => problem !== null && problem !== undefined);
  if (findings.length + questions.length + pauses.length + broken.length === 0) return null;
  return (
    <Panel title="Needs attention" flush>
      <ul className="attention">
        {broken.map((queue) => (
          <Row key={queue.name} state="error" word="Unreadable">
            <strong>{queue.name}</strong>: {sentence(queue.problem ?? '')}
          </Row>
        ))}
        {pauses.map((pause) => (
          <PauseRow key={`${pause.scope} ${pauseName(pause)}`} pause={pause} />
        ))}
        {questions.slice(0, shown).map((item) => (
          <QuestionRow key={`${item.queue} ${item.id}`} item={item} />
        ))}
        <More all={questions.length} path="/inbox" what="question" />
        {findings.slice(0, shown).map((finding) => (
          <FindingRow key={`${finding.code} ${finding.subject}`} finding={finding} />
        ))}
        <More all={findings.length} path="/doctor" what="finding" />
      </ul>
    </Panel>
  );
}

function Row({
  state,
  word,
  end,
  children,
}: {
  state: string;
  word: string;
  end?: ReactNode;
  children: ReactNode;
}) {
  return (
    <li>
      <span className="state" data-state={state}>
        {word}
      </span>
      <p className="break">{children}</p>
      {end && <span className="end">{end}</span>}
    </li>
  );
}

function PauseRow({ pause }: { pause: Pause }) {
  return (
    <Row
      state="paused"
      word="Paused"
      end={<ResumeButton target={pauseTarget(pause)} name={pauseName(pause)} />}
    >
      <strong>{pauseName(pause)}</strong>: {pause.reason}{' '}
      <span className="muted">
        – {pause.automatic ? 'its breaker' : <Actor name={pause.pausedBy} />}, <Time at={pause.pausedAt} />
      </span>
    </Row>
  );
}

function QuestionRow({ item }: { item: InboxItem }) {
  return (
    <Row state="parked" word="Question" end={item.askedAt && <Time at={item.askedAt} />}>
      <Link href={apiPath`/queues/${item.queue}/jobs/${item.id}`}>{item.message}</Link>{' '}
      <span className="muted">– {item.label ?? item.queue}</span>
    </Row>
  );
}

function FindingRow({ finding }: { finding: Finding }) {
  return (
    <Row state={finding.severity} word={finding.severity === 'error' ? 'Error' : 'Warning'}>
      <Link href="/doctor">{finding.subject}</Link>: {sentence(finding.text)}
    </Row>
  );
}

function More({ all, path, what }: { all: number; path: string; what: string }) {
  if (all <= shown) return null;
  return (
    <li>
      <p>
        <Link href={path}>{plural(all - shown, `more ${what}`)}</Link>
      </p>
    </li>
  );
}

/** A paused system stands with each queue that needs it, and once here. */
function distinctPauses(queues: readonly QueueView[]): Pause[] {
  const byName = new Map<string, Pause>();
  for (const pause of queues.flatMap(({ pauses }) => pauses ?? []))
    byName.set(`${pause.scope} ${pauseName(pause)}`, pause);
  return [...byName.values()];
}
