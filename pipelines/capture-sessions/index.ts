import type { Pipeline } from 'pg-switchyard';
import { captureSessionsQueue } from './queue.ts';
import type { CaptureSessionSettings } from './settings.ts';

/** Capture session → one version of its day's schedule. */
export const captureSessions = (settings: CaptureSessionSettings): Pipeline => ({
  queues: [captureSessionsQueue(settings)],
  migrations: new URL('migrations/', import.meta.url),
  work: { 'capture-sessions': async () => (await import('./work.ts')).captureSessionWork(settings) },
});
