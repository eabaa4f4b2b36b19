import { Gauge } from 'prom-client';
import { metrics } from './metrics.ts';

type States = ReadonlyMap<string, string>;

let source: (() => States) | undefined;

/** From now on scrapes of this process tell what `read` says of its databases; answers what ends that. */
export function databaseStates(read: () => States): () => void {
  source = read;
  return () => {
    if (source === read) source = undefined;
  };
}

new Gauge({
  name: 'switchyard_database_state',
  help: 'Of a starter with DATABASES: 1 for what each database is now (idle, served, away, refused)',
  labelNames: ['database', 'state'] as const,
  registers: [metrics],
  collect() {
    this.reset();
    for (const [database, state] of source?.() ?? []) this.set({ database, state }, 1);
  },
});
