import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { placeOf, reasonOf, sleep } from 'pg-switchyard';

/** A job as the API returns it. */
export interface JobView {
  id: string;
  status: 'queued' | 'processing' | 'complete' | 'failed' | 'canceled';
  attempt: number;
  error: { code: string; message: string } | null;
}

const lookEveryMs = 100;

/**
 * Uploads one PDF and follows its job to the end, telling every change of its status.
 * @throws when the API refuses the file, with what it says
 */
export async function convert(options: {
  api: string;
  file: string;
  signal: AbortSignal;
  onChange: (job: JobView) => void;
}): Promise<JobView | undefined> {
  const { api, file, signal, onChange } = options;
  const form = new FormData();
  form.append('file', await openAsBlob(file, { type: 'application/pdf' }), basename(file));
  let job = await ask<JobView>(`${api}/api/upload`, { method: 'POST', body: form, signal });
  onChange(job);
  while (job.status === 'queued' || job.status === 'processing') {
    await sleep(lookEveryMs, signal);
    if (signal.aborted) return undefined;
    // The API may be on its way back after a restart.
    const next = await ask<JobView>(`${api}/api/jobs/${job.id}`, { signal }).catch(() => job);
    if (next.status !== job.status || next.attempt !== job.attempt) onChange(next);
    job = next;
  }
  return job;
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new Error(`the API at ${placeOf(url)} could not be reached (${reasonOf(error)})`, { cause: error });
  });
  const body: unknown = await response.json();
  if (response.ok) return body as T;
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : '';
  throw new Error(`the API answered ${response.status}${detail && `: ${detail}`}`);
}
