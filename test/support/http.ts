import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** An API that listens. */
interface HttpApi {
  url: string;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Parsed as JSON; fails the test when it is none. */
  json(): Record<string, unknown>;
}

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

/** One request over a connection of its own, with exactly these headers. */
export async function send(url: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
  const outgoing = request(url, { method, headers, agent: false });
  const answered = once(outgoing, 'response');
  // The server may answer, and be done with us, before it has read all of a body it refuses.
  outgoing.on('error', () => undefined);
  outgoing.end(body);
  const [response] = await answered;
  const answer = await text(response);
  return {
    status: response.statusCode,
    headers: response.headers,
    text: answer,
    json: () => JSON.parse(answer),
  };
}

export const get = (api: HttpApi, path: string, headers: Record<string, string> = {}) =>
  send(`${api.url}${path}`, { headers });

export interface Part {
  name: string;
  value: string | Buffer;
  /** Makes the part a file. */
  filename?: string;
  type?: string;
}

export const boundary = 'switchyard-test-boundary';
export const multipartType = `multipart/form-data; boundary=${boundary}`;

export function multipartBody(parts: readonly Part[]): Buffer {
  const chunks = parts.flatMap(({ name, value, filename, type }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"`,
    type === undefined ? '' : `\r\nContent-Type: ${type}`,
    '\r\n\r\n',
    value,
    '\r\n',
  ]);
  return Buffer.concat([...chunks, `--${boundary}--\r\n`].map((chunk) => Buffer.from(chunk)));
}

export const pdf = Buffer.from('%PDF-1.7\nhello\n%%EOF\n');
export const pdfPart = (fields: Partial<Part> = {}): Part => ({
  name: 'file',
  filename: 'test.pdf',
  type: 'application/pdf',
  value: pdf,
  ...fields,
});

export function upload(
  api: HttpApi,
  parts: readonly Part[],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = multipartBody(parts);
  return send(`${api.url}/api/upload`, {
    method: 'POST',
    headers: { 'content-type': multipartType, 'content-length': String(body.length), ...headers },
    body,
  });
}

/** A request with a body of JSON, or with none. */
export function sendJson(
  api: HttpApi,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  if (body === undefined) return send(`${api.url}${path}`, { method, headers });
  return send(`${api.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
