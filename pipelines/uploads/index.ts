import type { Pipeline } from 'pg-switchyard';
import { uploadsQueue } from './queue.ts';
import type { UploadSettings } from './settings.ts';

/** Documents → their text, stored beside them. */
export const uploads = (settings: UploadSettings): Pipeline => ({
  queues: [uploadsQueue(settings)],
  migrations: new URL('migrations/', import.meta.url),
  work: { uploads: async () => (await import('./work.ts')).uploadWork(settings) },
});
