import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { SaxesParser } from 'saxes';
import { example } from '../../../../test/support/invoices.ts';
import { recordingLogger } from '../../../../test/support/logger.ts';
import { Converters } from '../../gateway/converters.ts';
import { loadMappings } from '../../gateway/mappings.ts';
import type { Recognizers } from '../../gateway/ocr/recognizers.ts';
import type { PoolLimits } from '../../gateway/process-pool.ts';
import type { ResultCheck } from '../../gateway/rules/result-check.ts';
import { createServer } from '../../gateway/server.ts';

export interface TestGateway {
  url: string;
  app: FastifyInstance;
  converters: Converters;
  /** What was logged so far. */
  lines: Record<string, unknown>[];
  close(): Promise<void>;
}

/** The gateway's server on a free port, with real converters. */
export async function startGateway(
  options: Partial<
    PoolLimits & { maxUploadBytes: number; resultCheck: ResultCheck; recognizers: Recognizers }
  > = {},
): Promise<TestGateway> {
  const { log, lines } = recordingLogger();
  const converters = new Converters({
    concurrency: 1,
    memoryMiB: 512,
    timeoutMs: 60_000,
    waitingEach: 20,
    ...options,
  });
  const maxUploadBytes = options.maxUploadBytes ?? 100 * 1024 * 1024;
  const app = await createServer({
    converters,
    mappings: await loadMappings('mappings'),
    maxUploadBytes,
    resultCheck: options.resultCheck,
    recognizers: options.recognizers,
    log,
  });
  await converters.ready();
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    app,
    converters,
    lines,
    close: async () => {
      app.server.closeAllConnections();
      await Promise.all([app.close(), converters.close()]);
    },
  };
}

export const exampleBytes = async (name: string): Promise<Uint8Array> => readFile(example(name));

export interface FormOptions {
  mapping?: string | undefined;
  pretty?: string;
}

export function formOf(
  pdf: Uint8Array,
  { mapping = 'invoice.json', pretty = '1' }: FormOptions = {},
): FormData {
  const form = new FormData();
  form.append('file', new Blob([Buffer.from(pdf)], { type: 'application/pdf' }), 'document.pdf');
  form.append('mapping', mapping);
  form.append('pretty', pretty);
  return form;
}

export function send(gateway: TestGateway, form: FormData, init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.url}/process`, {
    method: 'POST',
    body: form,
    ...init,
    headers: { accept: 'application/xml', ...init.headers },
  });
}

/** What a refusal says, with its status. */
export async function refusal(response: Response): Promise<{ status: number; code: string; detail: string }> {
  const body = (await response.json()) as { status: number; code: string; detail: string };
  return { ...body, status: response.status };
}

export interface Node {
  name: string;
  attributes: Record<string, string>;
  children: Node[];
  text: string;
}

/** The tree of an XML document; throws when it is not well-formed, namespaces included. */
export function parse(xml: string): Node {
  const parser = new SaxesParser({ xmlns: true });
  const top: Node = { name: '', attributes: {}, children: [], text: '' };
  const open: Node[] = [top];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const values = Object.entries(attributes).map(([key, { value }]) => [key, value]);
    const node = { name, attributes: Object.fromEntries(values), children: [], text: '' };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  });
  parser.on('closetag', () => void open.pop());
  parser.write(xml).close();
  const [root] = top.children;
  if (root === undefined) throw new Error('the document has no element');
  return root;
}
