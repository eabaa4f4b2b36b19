import { createRedriveActivities } from '../redrives.ts';
import type { CreateActivities } from './pipeline.ts';

export const createActivities: CreateActivities = ({ pool, queues, jobs, log }) =>
  createRedriveActivities({ jobs, pool, queues, log });
