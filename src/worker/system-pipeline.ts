import type { Settings } from '../platform/settings.ts';
import { redrivesQueue } from '../queues/redrives.ts';
import { webhooksQueue } from '../queues/webhooks.ts';
import type { Pipeline } from './pipeline.ts';

/** The queues that serve all others: webhooks and redrives. */
export const systemPipeline = (
  settings: Pick<Settings, 'claimBatch' | 'taskQueue' | 'webhookSecrets'>,
): Pipeline => ({
  queues: [webhooksQueue(settings), redrivesQueue(settings)],
  work: {
    webhooks: async () => {
      const { createWebhookActivities } = await import('../activities/webhooks/webhooks.ts');
      const secrets = settings.webhookSecrets;
      return {
        createActivities: ({ jobs, pool, log }) => createWebhookActivities({ jobs, pool, secrets, log }),
      };
    },
    redrives: async () => {
      const { createRedriveActivities } = await import('../activities/redrives/redrives.ts');
      return {
        createActivities: ({ pool, queues, jobs, log }) =>
          createRedriveActivities({ jobs, pool, queues, log }),
      };
    },
  },
});
