import { folderStorage } from 'pg-switchyard';
import type { CreateActivities, QueueWork } from 'pg-switchyard/worker';
import { uploadPlace } from '../lib/places.ts';
import { createUploadActivities } from './parse-document.ts';
import type { UploadSettings } from './settings.ts';

const createActivities =
  (settings: UploadSettings): CreateActivities =>
  ({ pool, jobs, log }) =>
    createUploadActivities({
      jobs,
      pool,
      uploads: folderStorage.at(uploadPlace(settings)),
      uploadRoot: settings.uploadRoot,
      maxUploadBytes: settings.maxUploadBytes,
      limits: { memoryMiB: settings.uploadsMemoryMiB, timeoutMs: settings.uploadsPageTimeoutMs },
      log,
    });

export const uploadWork = (settings: UploadSettings): QueueWork => ({
  createActivities: createActivities(settings),
});
