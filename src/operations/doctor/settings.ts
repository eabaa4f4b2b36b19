import { access, constants, stat, statfs } from 'node:fs/promises';
import type { Payload } from '@temporalio/common';
import { reasonOf } from '../../platform/errors.ts';
import type { Settings } from '../../platform/settings.ts';
import { reconcilerId } from '../../queues/reconciler.ts';
import type { Finding } from '../views.ts';
import type { Check, CheckContext } from './check.ts';
import { found } from './codes.ts';
import { orMissing } from './temporal-answers.ts';

/** Settings of this environment that do not go together. */
export const settingsFit: Check = {
  name: 'the settings',
  needs: [],
  async find({ settings }) {
    return contradictions(settings).map(([subject, text, wayOut]) =>
      found('SETTINGS_CONTRADICT', subject, text, wayOut),
    );
  },
};

type Contradiction = readonly [subject: string, text: string, wayOut: string];

function contradictions({
  claimStaleMs,
  pollIntervalMs,
  retentionJobsDays,
  retentionEventsDays,
}: Settings): Contradiction[] {
  return [
    ...(claimStaleMs !== undefined && claimStaleMs < 2 * pollIntervalMs
      ? [
          [
            'CLAIM_STALE_AFTER',
            `it is ${claimStaleMs} ms and POLL_INTERVAL is ${pollIntervalMs} ms: a starter that only waits counts as stuck`,
            'Set CLAIM_STALE_AFTER to two poll intervals at least, or leave it out.',
          ] as const,
        ]
      : []),
    ...(retentionEventsDays > 0 && (retentionJobsDays === 0 || retentionEventsDays < retentionJobsDays)
      ? [
          [
            'RETENTION_EVENTS_DAYS',
            `events are kept for ${retentionEventsDays} days, and jobs ${retentionJobsDays === 0 ? 'for ever' : `for ${retentionJobsDays} days`}: jobs that are still there lose their history`,
            'Keep events for as long as jobs: RETENTION_EVENTS_DAYS at least RETENTION_JOBS_DAYS.',
          ] as const,
        ]
      : []),
  ];
}

/** Whether this environment can read what Temporal stores of jobs: a key of it, a codec server, a converter. */
export const payloads: Check = {
  name: 'the payloads in Temporal',
  needs: ['temporal'],
  async find(context) {
    const sample: Payload = {
      metadata: { encoding: Buffer.from('json/plain') },
      data: Buffer.from('"switchyard doctor"'),
    };
    const findings = await payloadFindings(context, 'a payload that was just encoded', () =>
      encoded(context, sample),
    );
    if (findings.length > 0) return findings;
    return payloadFindings(context, 'the input of the reconciler, which Temporal stores', () =>
      stored(context),
    );
  },
};

async function payloadFindings(
  { client }: CheckContext,
  what: string,
  read: () => Promise<Payload[]>,
): Promise<Finding[]> {
  try {
    const payloads = await read();
    const codecs = client.options.loadedDataConverter.payloadCodecs;
    let decoded = payloads;
    for (const codec of codecs.toReversed()) decoded = await codec.decode(decoded);
    // Without a codec it would be read as it is, and nothing would tell that it is encrypted.
    const encrypted = payloads.some(({ metadata }) =>
      /^binary\/encrypted/.test(Buffer.from(metadata?.['encoding'] ?? []).toString()),
    );
    if (!encrypted || codecs.length > 0) return [];
    return [unreadable(what, 'it is encrypted, and no key is set')];
  } catch (error) {
    return [unreadable(what, error instanceof Error ? error.message : reasonOf(error))];
  }
}

const unreadable = (what: string, why: string): Finding =>
  found(
    'PAYLOADS_UNREADABLE',
    'payloads in Temporal',
    `${what} cannot be read: ${why}`,
    'Give all processes the same TEMPORAL_PAYLOAD_KEYS (older keys after the first), TEMPORAL_CODEC_ENDPOINT or TEMPORAL_DATA_CONVERTER.',
  );

async function encoded({ client }: CheckContext, payload: Payload): Promise<Payload[]> {
  let payloads = [payload];
  for (const codec of client.options.loadedDataConverter.payloadCodecs)
    payloads = await codec.encode(payloads);
  return payloads;
}

/** Nothing where there is no schedule, which is a finding of its own. */
async function stored({ client, settings }: CheckContext): Promise<Payload[]> {
  const answer = await orMissing(
    client.workflowService.describeSchedule({
      namespace: client.options.namespace,
      scheduleId: reconcilerId(settings.taskQueue),
    }),
  );
  return (answer?.schedule?.action?.startWorkflow?.input?.payloads ?? []) as Payload[];
}

/** The folders of applications whose jobs have files: whether this process can write there, and whether there is room. */
export const folders: Check = {
  name: 'the folders of files',
  needs: ['queues'],
  async find({ settings, queues, limits }) {
    if (!queues.some(({ definition }) => definition?.files !== undefined)) return [];
    const given = { RESULT_ROOT: settings.resultRoot, STAGING_ROOT: settings.stagingRoot };
    const findings = await Promise.all(
      Object.entries(given).map(([name, folder]) => folderFindings(name, folder, limits.diskBytes)),
    );
    return findings.flat();
  },
};

async function folderFindings(name: string, folder: string, least: number): Promise<Finding[]> {
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder');
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // Processes make it at their start.
    return missing ? [] : [notWritable(name, folder, reasonOf(error))];
  }
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  return left >= least
    ? []
    : [
        found(
          'DISK_NEARLY_FULL',
          name,
          `the disk of ${folder} has ${Math.floor(left / 1024 ** 2)} MiB left`,
          'Make room, or let retention remove old jobs with their files: RETENTION_JOBS_DAYS.',
        ),
      ];
}

const notWritable = (name: string, folder: string, why: string): Finding =>
  found(
    'FOLDER_NOT_WRITABLE',
    name,
    `files cannot be written to ${folder}: ${why}`,
    'Give the processes a folder that they may write to.',
  );
