import { createWebhookActivities } from '../webhooks.ts';
import type { CreateActivities } from './pipeline.ts';

export const createActivities: CreateActivities = ({ settings, pool, jobs, log }) =>
  createWebhookActivities({ jobs, pool, secrets: settings.webhookSecrets, log });
