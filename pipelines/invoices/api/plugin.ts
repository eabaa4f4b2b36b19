import { mkdir } from 'node:fs/promises';
import multipart from '@fastify/multipart';
import { createStorage, type FileStore, type HealthCheck } from 'pg-switchyard';
import type { ApiPlugin } from 'pg-switchyard/api';
import { resultPlace, uploadPlace } from '../../lib/places.ts';
import { listMappings } from '../mappings.ts';
import { invoicesTable } from '../queue.ts';
import type { InvoiceApiSettings } from '../settings.ts';
import { jobControlRoutes } from './job-control.ts';
import { jobRoutes } from './jobs.ts';
import { mappingRoutes } from './mapping-routes.ts';
import { pdfRoutes } from './pdf.ts';
import { previewRoutes } from './preview.ts';
import { jobQueries } from './queries.ts';
import { resultRoutes } from './result.ts';
import { keepSweeping } from './sweep.ts';
import { uploadRoutes } from './upload.ts';

/** Uploads of PDFs, the jobs and results that come of them, and the mappings by which they do. */
export function invoiceRoutes(settings: InvoiceApiSettings): ApiPlugin {
  const { uploadRoot, mappingsDir } = settings;
  const storage = createStorage(settings);
  const uploads = storage.at(uploadPlace(settings));
  const results = storage.at(resultPlace(settings));
  const queries = jobQueries(invoicesTable);
  return {
    async routes(app, { pool }) {
      await app.register(multipart, { throwFileSizeLimit: false });
      uploadRoutes(app, { pool, uploads, settings }, queries);
      jobRoutes(app, { pool }, queries);
      resultRoutes(app, { pool, results }, queries);
      pdfRoutes(app, { pool, uploads, ...settings }, queries);
      mappingRoutes(app, mappingsDir);
      previewRoutes(app, { pool, uploads, ...settings }, queries);
    },
    jsonRoutes: (app, { pool }) => jobControlRoutes(app, { pool }, queries),
    checks: [uploadsCheck(uploads), mappingsCheck(mappingsDir)],
    async start(log) {
      await mkdir(uploadRoot, { recursive: true });
      return keepSweeping({ uploadRoot, ...(settings.storage === 's3' && { uploads }) }, log);
    },
  };
}

const mappingsCheck = (mappingsDir: string): HealthCheck => ({
  name: 'mappings',
  check: async () => void (await listMappings(mappingsDir)),
});

const uploadsCheck = (uploads: FileStore): HealthCheck => ({
  name: 'upload folder',
  check: () => uploads.check(),
});
