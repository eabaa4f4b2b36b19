import { queryOptions } from '@tanstack/react-query';
import { apiPath, request, send } from '../../api/request.ts';

export const queue = 'invoices';

export interface MappingSummary {
  name: string;
  description: string | null;
}

interface RuleFinding {
  rule: string;
  level: 'error' | 'warning';
  place: string;
  text: string;
}

/** What the gateway said of a result. */
export interface GatewayReport {
  warnings?: string[];
  validation?:
    | { rules: string; syntax: string; passed: boolean; findings: RuleFinding[] }
    | { notChecked: string };
}

/** As `GET /api/jobs/{id}` answers it. */
export interface InvoiceJob {
  id: string;
  status: string;
  originalName: string;
  mapping: string;
  result: { bytes: number; sha256: string; href: string; report: GatewayReport | null } | null;
  error: { code: string; message: string | null } | null;
}

export const mappingsQuery = queryOptions({
  queryKey: ['mappings'],
  queryFn: ({ signal }) => request<{ mappings: MappingSummary[] }>('/api/mappings', { signal }),
  select: ({ mappings }) => mappings,
  staleTime: 60_000,
});

/** Laid out as a person would write it. */
export const mappingQuery = (name: string) =>
  queryOptions({
    queryKey: ['mapping', name],
    queryFn: async ({ signal }) =>
      (await send(apiPath`/api/mappings/${name}`, { signal })).text().then((text) => text.trimEnd()),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Begins as the keys of the page, so that events make it stale. */
export const invoiceQuery = (id: string) =>
  queryOptions({
    queryKey: ['job', queue, id, 'invoice'],
    queryFn: ({ signal }) => request<InvoiceJob>(apiPath`/api/jobs/${id}`, { signal }),
  });

export const pdfQuery = (id: string) =>
  queryOptions({
    queryKey: ['pdf', id],
    queryFn: async ({ signal }) =>
      (
        await send(apiPath`/api/jobs/${id}/pdf`, { signal, headers: { accept: 'application/pdf' } })
      ).arrayBuffer(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

export const xmlQuery = ({ id, result }: InvoiceJob) =>
  queryOptions({
    queryKey: ['xml', id, result?.sha256],
    queryFn: async ({ signal }) =>
      (
        await send(apiPath`/api/jobs/${id}/result`, { signal, headers: { accept: 'application/xml' } })
      ).text(),
    enabled: result !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
