import type { Settings } from '../../platform/settings.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';

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
