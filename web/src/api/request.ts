import { apiReached, token, tokenRefusal } from './access.ts';

/** What the API refused, in its own words. `code` is stable. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, more: Record<string, unknown> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

export type QueryValue = string | number | boolean | null | undefined;

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  /** What is null, undefined or empty is left out. */
  query?: Readonly<Record<string, QueryValue>>;
  signal?: AbortSignal | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** A path of the API whose parts are escaped: apiPath`/api/queues/${queue}`. */
export function apiPath(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}

/**
 * The JSON that the API answers.
 * @throws {ApiProblem} what it refused; `code` is `API_AWAY` when it cannot be reached
 */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const response = await send(path, options);
  return response.status === 204 ? (undefined as Answer) : ((await response.json()) as Answer);
}

/** The answer as it comes, for what is no JSON: files, logs, streams. Throws as `request` does. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, query, signal, headers } = options;
  const init: RequestInit = {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      ...(token.get() === null ? {} : { authorization: `Bearer ${token.get()}` }),
      ...headers,
    },
    body: body === undefined ? null : body instanceof FormData ? body : JSON.stringify(body),
    credentials: 'omit',
    signal: signal ?? null,
  };
  const response = await fetch(withQuery(path, query), init).catch((error: unknown) => {
    if (signal?.aborted !== true) apiReached.set(false);
    throw signal?.aborted === true ? error : new ApiProblem(0, 'API_AWAY', 'The API cannot be reached.');
  });
  apiReached.set(![502, 503, 504].includes(response.status));
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const said = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const { code = 'HTTP_ERROR', detail = `The API answered ${response.status} ${response.statusText}.` } =
    said;
  const problem = new ApiProblem(response.status, String(code), String(detail), said);
  if (response.status === 401) tokenRefusal.set({ code: problem.code, detail: problem.message });
  return problem;
}

export function withQuery(path: string, query: RequestOptions['query'] = {}): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === null || value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
