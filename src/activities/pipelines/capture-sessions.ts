import { createCaptureSessionActivities } from '../capture-sessions.ts';
import { stubSchedule } from '../schedules.ts';
import type { CreateActivities } from './pipeline.ts';

export const createActivities: CreateActivities = ({ settings, jobs, log }) =>
  createCaptureSessionActivities({
    jobs,
    schema: settings.dbSchema,
    capture: async () => stubSchedule,
    simulatedWorkMs: settings.simulatedWorkSeconds * 1000,
    log,
  });
