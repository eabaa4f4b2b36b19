import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { environment } from 'pg-switchyard';
import { searchAttributeNames } from 'pg-switchyard/starter';
import { type Child, startChild, untilServing } from './child.ts';
import { findTemporalCli } from './temporal-cli.ts';

export interface TemporalServer {
  address: string;
  child: Child;
}

const dynamicConfig = [
  // One history shard polls its queues 20 times a second as shipped, which costs 50 ms a step.
  'history.transferProcessorMaxPollRPS=5000',
  'history.timerProcessorMaxPollRPS=5000',
  'history.visibilityProcessorMaxPollRPS=5000',
  // A second as shipped, by which each short timer and retry comes late.
  'history.timerProcessorMaxTimeShift="10ms"',
  // Four parts as shipped, each with an order of its own: priorities and fair shares hold over one.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  // As in deploy/temporal-dynamic-config.yaml, which says why.
  'matching.enableFairness=true',
  'frontend.enableCancelWorkerPollsOnShutdown=true',
];

/** Starts Temporal's dev server on loopback, and its Web UI when `uiPort` is given. */
export async function startTemporalServer(options: {
  /** Holds the log and, with `keep`, the data. */
  folder: string;
  port: number;
  uiPort?: number;
  /** Keeps workflows over a restart, at half the throughput. */
  keep?: boolean;
  say?: (line: string) => void;
}): Promise<TemporalServer> {
  const cli = await findTemporalCli(options.say ?? (() => undefined));
  await mkdir(options.folder, { recursive: true });
  const logFile = join(options.folder, 'temporal.log');
  const child = await startChild({
    command: cli,
    args: serverArgs(options),
    // GOGC=400: a quarter more throughput for some memory.
    env: { PATH: environment()['PATH'], HOME: options.folder, GOGC: '400' },
    logFile,
    stopSignal: 'SIGTERM',
  });
  const address = `127.0.0.1:${options.port}`;
  await untilNamespace(address, child, logFile);
  return { address, child };
}

function serverArgs(options: { folder: string; port: number; uiPort?: number; keep?: boolean }): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port), '--log-level', 'warn'],
    ...(options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
    ...(options.keep ? ['--db-filename', join(options.folder, 'temporal.db')] : []),
    ...dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
    ...searchAttributeNames.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** Until the default namespace answers: the port opens some time before. */
async function untilNamespace(address: string, child: Child, logFile: string): Promise<void> {
  const connection = Connection.lazy({ address });
  const describe = () => connection.workflowService.describeNamespace({ namespace: 'default' });
  const serves = () =>
    connection.withDeadline(Date.now() + 1_000, describe).then(
      () => true,
      () => false,
    );
  await untilServing("Temporal's dev server", child, logFile, serves).finally(() => connection.close());
}
