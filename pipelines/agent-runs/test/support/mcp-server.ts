// An MCP server with tools that write, talk, hang and misbehave: `node mcp-server.ts`, `… --paged`, or `… --http PORT`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, appendFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

const said = (text: string) => ({ content: [{ type: 'text' as const, text }] });

function createTools(): McpServer {
  const server = new McpServer({ name: 'test', version: '1' }, { capabilities: { logging: {} } });
  server.registerTool(
    'write',
    { inputSchema: { path: z.string(), text: z.string(), append: z.boolean().optional() } },
    async ({ path, text, append }) => {
      await mkdir(dirname(path), { recursive: true });
      await (append ? appendFile(path, text) : writeFile(path, text));
      return said(`wrote ${path}`);
    },
  );
  server.registerTool('fail', {}, async () => ({ ...said('there is no such page'), isError: true }));
  server.registerTool('die', {}, async () => process.exit(3));
  server.registerTool('environment', {}, async () =>
    said(JSON.stringify({ ...process.env, cwd: process.cwd() })),
  );
  server.registerTool('large', { inputSchema: { bytes: z.number() } }, async ({ bytes }) =>
    said('x'.repeat(bytes)),
  );
  /** Tells its process and that of a child, which would outlive it, then waits: with or without words of progress. */
  server.registerTool(
    'wait',
    { inputSchema: { pidFile: z.string().optional(), ms: z.number(), everyMs: z.number().optional() } },
    async ({ pidFile, ms, everyMs }, { _meta, sendNotification }) => {
      const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
      if (pidFile !== undefined) await writeFile(pidFile, `${process.pid} ${child.pid}`);
      const progressToken = _meta?.progressToken;
      for (let waited = 0; waited < ms; waited += everyMs ?? ms) {
        await sleep(Math.min(everyMs ?? ms, ms - waited));
        if (everyMs === undefined || progressToken === undefined) continue;
        await sendNotification({
          method: 'notifications/progress',
          params: { progressToken, progress: waited + everyMs, total: ms, message: 'still at it' },
        });
      }
      child.kill('SIGKILL');
      return said('waited');
    },
  );
  /** Says that it waits, again and again, until the file is there. */
  server.registerTool(
    'wait_for_file',
    { inputSchema: { path: z.string() } },
    async ({ path }, { _meta, sendNotification }) => {
      const isThere = () =>
        access(path).then(
          () => true,
          () => false,
        );
      for (let progress = 1; !(await isThere()); progress += 1) {
        await sleep(200);
        if (_meta?.progressToken === undefined) continue;
        const params = { progressToken: _meta.progressToken, progress };
        await sendNotification({ method: 'notifications/progress', params });
      }
      return said('it is there');
    },
  );
  /** Says by one file that it is at work, and by another that its caller has given it up. */
  server.registerTool(
    'hold',
    { inputSchema: { begun: z.string(), givenUp: z.string() } },
    async ({ begun, givenUp }, { signal }) => {
      await writeFile(begun, '');
      if (!signal.aborted) await once(signal, 'abort');
      await writeFile(givenUp, '');
      return said('given up');
    },
  );
  server.registerTool('fail_structured', {}, async () => ({
    content: [],
    structuredContent: { reason: 'quota', left: 0 },
    isError: true,
  }));
  server.registerTool('die_talking', {}, async () => {
    process.stderr.write('out of licences\n');
    await sleep(100);
    return process.exit(7);
  });
  server.registerTool(
    'count_calls',
    { inputSchema: { file: z.string(), bytes: z.number() } },
    async ({ file, bytes }) => {
      await appendFile(file, 'called\n');
      return said('x'.repeat(bytes));
    },
  );
  server.registerTool('talk', {}, async () => {
    await server.server.sendLoggingMessage({ level: 'warning', logger: 'pages', data: { low: 'disk' } });
    return said('talked');
  });
  server.registerTool('show', {}, async () => ({
    content: [
      { type: 'image' as const, data: Buffer.from('a picture').toString('base64'), mimeType: 'image/png' },
      { type: 'audio' as const, data: Buffer.from('a sound').toString('base64'), mimeType: 'audio/wav' },
      {
        type: 'resource' as const,
        resource: {
          uri: 'file:///x',
          blob: Buffer.from('a blob').toString('base64'),
          mimeType: 'application/x-own',
        },
      },
    ],
  }));
  /** Tells its progress in the same breath as its answer. */
  server.registerTool('hurry', {}, async ({ _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken ?? 0;
    const params = { progressToken, progress: 1, message: 'nearly there' };
    void sendNotification({ method: 'notifications/progress', params });
    return said('done');
  });
  /** Asks for a name, and with `twice` for its sign as well; then writes what it was told. */
  server.registerTool(
    'ask',
    { inputSchema: { path: z.string(), twice: z.boolean().optional() } },
    async ({ path, twice }) => {
      await appendFile(`${path}.calls`, 'called\n');
      const ask = (field: string) =>
        server.server.elicitInput({
          message: `Which ${field}?`,
          requestedSchema: {
            type: 'object',
            properties: { [field]: { type: 'string', minLength: 2 } },
            required: [field],
          },
        });
      const answers = [await ask('name'), ...(twice ? [await ask('sign')] : [])];
      await writeFile(path, JSON.stringify(answers));
      return said('asked');
    },
  );
  return server;
}

/** A server of few words: one tool on each page, and one that does not answer as it promises. */
function createPagedTools(): Server {
  const server = new Server({ name: 'paged', version: '1' }, { capabilities: { tools: {} } });
  const inputSchema = { type: 'object' as const, properties: { n: { type: 'number' } } };
  const outputSchema = {
    type: 'object' as const,
    properties: { sum: { type: 'number' } },
    required: ['sum'],
  };
  const tools = ['first', 'second', 'promises'].map((name) => ({
    name,
    inputSchema,
    ...(name === 'promises' && { outputSchema }),
  }));
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const at = Number(params?.cursor ?? 0);
    return { tools: tools.slice(at, at + 1), ...(at + 1 < tools.length && { nextCursor: String(at + 1) }) };
  });
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
    content: [],
    structuredContent: { sum: params.arguments?.['n'] ?? 'none' },
  }));
  return server;
}

const port = process.argv[process.argv.indexOf('--http') + 1];
if (process.argv.includes('--http')) {
  const http = createServer(async (request, response) => {
    if (request.headers.authorization !== 'Bearer of-the-test-server') {
      response.writeHead(401).end();
      return;
    }
    const transport = new StreamableHTTPServerTransport({});
    response.once('close', () => void transport.close());
    await createTools().connect(transport as Transport);
    await transport.handleRequest(request, response);
  });
  http.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
} else if (process.argv.includes('--paged')) {
  await createPagedTools().connect(new StdioServerTransport());
} else {
  process.stderr.write('the test server runs\n');
  await createTools().connect(new StdioServerTransport());
}
