import { createUploadActivities } from '../uploads.ts';
import type { CreateActivities } from './pipeline.ts';

export const createActivities: CreateActivities = ({ settings, pool, jobs, log }) =>
  createUploadActivities({
    jobs,
    pool,
    uploadRoot: settings.uploadRoot,
    maxUploadBytes: settings.maxUploadBytes,
    limits: { memoryMiB: settings.uploadsMemoryMiB, timeoutMs: settings.uploadsPageTimeoutMs },
    log,
  });
