import { createStorage } from 'pg-switchyard';
import { type CreateActivities, createStorageSystem, type QueueWork } from 'pg-switchyard/worker';
import { uploadPlace } from '../lib/places.ts';
import { createUploadActivities } from './parse-document.ts';
import type { UploadSettings } from './settings.ts';

const createActivities =
  (settings: UploadSettings): CreateActivities =>
  ({ pool, jobs, log }) => {
    const storage = createStorage(settings);
    return createUploadActivities({
      jobs,
      pool,
      uploads: storage.at(uploadPlace(settings)),
      storageSystem: createStorageSystem({ settings, storage, pool, log }),
      uploadRoot: settings.uploadRoot,
      maxUploadBytes: settings.maxUploadBytes,
      limits: { memoryMiB: settings.uploadsMemoryMiB, timeoutMs: settings.uploadsPageTimeoutMs },
      log,
    });
  };

export const uploadWork = (settings: UploadSettings): QueueWork => ({
  createActivities: createActivities(settings),
});
