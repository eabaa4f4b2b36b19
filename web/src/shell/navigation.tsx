import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { inboxQuery, queuesQuery } from '../api/queries.ts';
import { apiPath } from '../api/request.ts';
import type { QueueView } from '../api/types.ts';
import { useFindings } from '../api/use-findings.ts';
import { Icon } from '../components/icons.tsx';
import { shortCountUpTo } from '../components/time-text.ts';
import { extensions } from '../pipelines/index.ts';

/** Links to all views. */
export function Navigation() {
  const waiting = useQuery(inboxQuery).data?.length ?? 0;
  const troubles = useFindings().filter(({ severity }) => severity === 'error').length;
  const links = extensions.flatMap((extension) => extension.links ?? []);
  return (
    <nav className="navigation" aria-label="Views">
      <ul>
        <Item path="/" label="Overview" />
        <Item path="/inbox" label="Inbox" count={attention(waiting, 'waits for an answer')} />
        <Item path="/failures" label="Failures" />
        <Item path="/redrives" label="Redrives" />
        {links.map((link) => (
          <Item key={link.path} {...link} />
        ))}
      </ul>
      <QueueLinks />
      <h2>Operation</h2>
      <ul>
        <Item path="/doctor" label="Doctor" count={attention(troubles, 'wants repair')} />
        <Item path="/audit" label="Audit" />
        <Item path="/webhooks" label="Webhooks" />
        <Item path="/tokens" label="Tokens" />
      </ul>
    </nav>
  );
}

const attention = (count: number, words: string) =>
  count === 0 ? null : (
    <span className="count" data-kind="attention">
      {count}
      <span className="visually-hidden"> {words}</span>
    </span>
  );

function QueueLinks() {
  const queues = useQuery(queuesQuery).data ?? [];
  if (queues.length === 0) return null;
  return (
    <>
      <h2>Queues</h2>
      <ul>
        {queues.map((queue) => (
          <Item
            key={queue.name}
            path={apiPath`/queues/${queue.name}`}
            label={queue.name}
            count={<Depth queue={queue} />}
          />
        ))}
      </ul>
    </>
  );
}

function Depth({ queue }: { queue: QueueView }) {
  const waiting = queue.counts?.queued ?? 0;
  return (
    <span className="count row">
      {(queue.pauses ?? []).length > 0 && (
        <>
          <Icon name="pause" />
          <span className="visually-hidden">paused, </span>
        </>
      )}
      {waiting > 0 && (
        <span>
          {shortCountUpTo(waiting, queue.countedUpTo)}
          <span className="visually-hidden"> waiting</span>
        </span>
      )}
    </span>
  );
}

function Item({ path, label, count }: { path: string; label: string; count?: ReactNode }) {
  const [location] = useLocation();
  const isCurrent = path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);
  return (
    <li>
      <Link href={path} aria-current={isCurrent ? 'page' : undefined}>
        <span className="cut">{label}</span>
        {count}
      </Link>
    </li>
  );
}
