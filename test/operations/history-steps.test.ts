import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stepsOf } from '../../src/operations/steps/history-steps.ts';
import { historyFromJson } from '../support/histories.ts';

type Events = Parameters<typeof stepsOf>[0];

/** The events of a run that was recorded. */
const recorded = (name: string): Events =>
  historyFromJson(JSON.parse(readFileSync(new URL(`../histories/${name}.json`, import.meta.url), 'utf8')))
    .events ?? [];

const brief = (name: string) =>
  stepsOf(recorded(name), []).map(({ kind, name: step, state }) => [kind, step, state]);

test('the steps of a run are told in their order: activities, timers and signals', () => {
  expect(brief('agent-runs-answered')).toEqual([
    ['activity', 'runPlan', 'complete'],
    ['timer', '86399.998 s', 'canceled'],
    ['signal', 'answered', 'complete'],
    ['activity', 'runPlan', 'complete'],
  ]);
});

test('an activity says when it was asked for, when its last try began and ended, and which try that was', () => {
  const [step] = stepsOf(recorded('agent-runs-answered'), []);
  expect(step).toMatchObject({
    attempt: 1,
    scheduledAt: '2026-11-26T09:29:10.212Z',
    startedAt: '2026-11-26T09:29:10.217Z',
    endedAt: '2026-11-26T09:29:10.368Z',
  });
});

test('what failed an activity is told, and nothing of its input or result', () => {
  const steps = stepsOf(recorded('failed'), []);
  expect(steps.some(({ state, failure }) => state === 'failed' && failure?.message)).toBe(true);
  expect(JSON.stringify(stepsOf(recorded('complete'), []))).not.toMatch(/payload|metadata|data"/);
});

const failure = { message: 'no such address', applicationFailureInfo: { type: 'NO_ADDRESS' } };
const scheduled = {
  eventId: 5,
  activityTaskScheduledEventAttributes: { activityId: '1', activityType: { name: 'send' } },
};
const asEvents = (...events: object[]) => events as unknown as Events;

test('encrypted words of a failure are left out', () => {
  const failed = {
    activityTaskFailedEventAttributes: {
      scheduledEventId: 5,
      failure: { ...failure, message: 'Encoded failure', encodedAttributes: { data: new Uint8Array() } },
    },
  };
  expect(stepsOf(asEvents(scheduled, failed), [])).toMatchObject([
    { state: 'failed', failure: { type: 'NO_ADDRESS', message: null } },
  ]);
});

test('an activity between two tries waits, with what failed the last one and the time of the next', () => {
  const pending = {
    activityId: '1',
    state: 1,
    attempt: 3,
    lastFailure: failure,
    lastStartedTime: { seconds: 100 },
    nextAttemptScheduleTime: { seconds: 160 },
  } as unknown as Parameters<typeof stepsOf>[1][number];
  expect(stepsOf(asEvents(scheduled), [pending])).toMatchObject([
    {
      state: 'waiting',
      attempt: 3,
      nextTryAt: new Date(160_000).toISOString(),
      failure: { type: 'NO_ADDRESS', message: 'no such address' },
    },
  ]);
});

const summary = (encoding: string) => ({
  metadata: { encoding: Buffer.from(encoding) },
  data: Buffer.from('"to Ada"'),
});

test.each([
  ['json/plain', 'to Ada'],
  ['binary/encrypted', null],
])('the summary of a step that is %s', (encoding, told) => {
  const event = { ...scheduled, userMetadata: { summary: summary(encoding) } };
  expect(stepsOf(asEvents(event), [])).toMatchObject([{ summary: told }]);
});
