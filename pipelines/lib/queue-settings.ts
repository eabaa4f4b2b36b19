import { oneOf, type Settings, type Values, wholeNumber } from 'pg-switchyard/settings';

/** What an operator sets once for all queues. */
export const queueSettings = {
  maxInFlight: wholeNumber(
    'MAX_IN_FLIGHT',
    100,
    1,
    1_000_000,
    'jobs',
    'The most jobs of a queue that run at once, over all starters; agent-runs have AGENT_MAX_IN_FLIGHT',
  ),
  lostWorkflow: oneOf(
    'LOST_WORKFLOW',
    ['fail', 'requeue'],
    'fail',
    'What becomes of a job whose workflow was terminated or timed out in Temporal (webhooks and redrives always fail, capture sessions always go again)',
  ),
} satisfies Settings;

export type QueueSettings = Values<typeof queueSettings>;
