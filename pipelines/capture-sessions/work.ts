import type { CreateActivities, QueueWork } from 'pg-switchyard/worker';
import { createCaptureSessionActivities } from './finalize-session.ts';
import { stubSchedule } from './schedules.ts';
import type { CaptureSessionSettings } from './settings.ts';

const createActivities =
  (settings: CaptureSessionSettings): CreateActivities =>
  ({ jobs, log }) =>
    createCaptureSessionActivities({
      jobs,
      schema: settings.dbSchema,
      capture: async () => stubSchedule,
      simulatedWorkMs: settings.simulatedWorkSeconds * 1000,
      log,
    });

export const captureSessionWork = (settings: CaptureSessionSettings): QueueWork => ({
  createActivities: createActivities(settings),
});
