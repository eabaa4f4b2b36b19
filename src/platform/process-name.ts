import { hostname } from 'node:os';

/** What a process is called that nobody named (`WORKER_ID`): its host, without the domain, and its number there. */
export const hostAndNumber = `${hostname().split('.')[0]} ${process.pid}`;

/**
 * What a role of this process is called in rows and in Temporal: `starter web-1 9540`. A name that was given stays as it is: whoever
 * gives one tells his processes apart himself.
 */
export const processName = (role: string, { workerId }: { workerId: string }): string =>
  workerId === hostAndNumber ? `${role} ${workerId}` : workerId;

/** How the connections of a role call themselves, in `pg_stat_activity` and as the actor of events: `switchyard starter web-1 9540`. */
export const applicationNameOf = (role: string, { workerId }: { workerId: string }): string =>
  `switchyard ${role} ${workerId}`;
