import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type ElicitRequestFormParams,
  ElicitRequestSchema,
  type ElicitResult,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ErrorCode as McpCode,
  McpError,
  ProgressNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Confinement } from '../../lib/sandbox/policy.ts';
import type { McpServer } from '../settings.ts';
import { cappedFetch } from './capped-fetch.ts';
import { CommandTransport, type ServerEnd, tooLarge } from './command-transport.ts';
import { serverFailure, toolFailed, toolTimeout } from './mcp-failures.ts';
import { Tools } from './tools.ts';

export interface ToolLimits {
  /** Without an answer or a word of progress. */
  silenceMs: number;
  /** In all. */
  mostMs: number;
  memoryMiB: number;
  /** Left out: any number. */
  mostProcesses?: number;
  maxMessageBytes: number;
}

/** What a tool asks a person while it is called. */
export interface Asked {
  /** Aborted when there is a question that nobody has answered yet: the call is given up. */
  signal: AbortSignal;
  answer(question: ElicitRequestFormParams): ElicitResult | undefined;
}

interface ConnectionOptions {
  name: string;
  server: McpServer;
  limits: ToolLimits;
  workspace: { path: string; home: string };
  /** The sandbox of servers that are programs; left out: they have none. */
  confinement?: Confinement | undefined;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** One MCP server, connected for one run. */
export class McpConnection {
  readonly client: Client;
  readonly #options: ConnectionOptions;
  readonly #refused = new AbortController();
  readonly #progress = new Map<string | number, (words: string) => void>();
  #transport: Transport | undefined;
  #tools: Tools | undefined;
  #closed: ServerEnd | undefined;
  #asked: Asked | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.client = new Client(
      { name: 'switchyard', version: '1' },
      { capabilities: { roots: {}, elicitation: { form: {} } } },
    );
    this.#handle();
  }

  /** Aborted when the server sent what is refused: no answer comes any more. */
  get refused(): AbortSignal {
    return this.#refused.signal;
  }

  get tools(): Tools {
    if (this.#tools === undefined) throw new Error(`the server ${this.#options.name} is not connected`);
    return this.#tools;
  }

  /** Why it is connected no more. */
  get end(): ServerEnd | undefined {
    return (this.#transport instanceof CommandTransport ? this.#transport.end : undefined) ?? this.#closed;
  }

  /** @throws {JobError} `TOOL_FAILED` or `TOOL_TIMEOUT` */
  async open(): Promise<void> {
    const { name, signal, limits, say } = this.#options;
    const stop = AbortSignal.any([signal, this.refused]);
    const timed = async (
      method: string,
      work: (options: { signal: AbortSignal; timeout: number }) => Promise<void>,
    ) => {
      await work({ signal: stop, timeout: limits.silenceMs }).catch((error: unknown) => {
        signal.throwIfAborted();
        if (error instanceof McpError && error.code === McpCode.RequestTimeout && !stop.aborted)
          throw toolTimeout(
            `${name} took too long: it did not answer "${method}" within ${limits.silenceMs} ms (AGENT_TOOL_TIMEOUT)`,
          );
        throw serverFailure(`${name}, asked to "${method}"`, stop.aborted ? stop.reason : error, this.end);
      });
    };
    this.#transport = this.#createTransport();
    const transport = this.#transport;
    await timed('initialize', (options) => this.client.connect(transport, options));
    await timed('tools/list', async (options) => {
      this.#tools = await Tools.list(name, this.client, options, say);
    });
  }

  /** Answers the token by which the server tells its progress, also that which comes together with the answer. */
  expectProgress(what: string, onProgress: () => void): number {
    const token = this.#progress.size + 1;
    this.#progress.set(token, (words) => {
      onProgress();
      this.#options.say(`${what}: ${words}`);
    });
    return token;
  }

  answerWith(asked: Asked): void {
    this.#asked = asked;
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  #handle(): void {
    const { name, workspace, say } = this.#options;
    this.client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: [{ uri: pathToFileURL(workspace.path).href, name: 'workspace' }],
    }));
    this.client.setRequestHandler(ElicitRequestSchema, ({ params }, { signal }) => {
      if (params.mode === 'url')
        throw new McpError(McpCode.InvalidParams, 'agent runs do not visit addresses');
      // Without an answer the run waits, and this call is over.
      return this.#asked?.answer(params) ?? untilAborted(signal);
    });
    this.client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params: { level, logger, data } }) => {
        const text = typeof data === 'string' ? data : JSON.stringify(data);
        say(`${name}: [${level}]${logger === undefined ? '' : ` ${logger}:`} ${text}`);
      },
    );
    this.client.setNotificationHandler(ProgressNotificationSchema, ({ params }) => {
      const { progressToken, progress, total, message } = params;
      const of = total === undefined ? '' : `/${total}`;
      const words = `${progress}${of}${message === undefined ? '' : ` ${message}`}`;
      this.#progress.get(progressToken)?.(words);
    });
    this.client.onerror = (error) => say(`${name}: ${error.message}`);
    this.client.onclose = () => {
      this.#closed ??= { message: 'the server ended', final: false };
    };
  }

  #createTransport(): Transport {
    const { name, server, limits, workspace, confinement, env, signal, say } = this.#options;
    if ('url' in server) {
      const refuse = () =>
        this.#refused.abort(toolFailed(`${name} sent ${tooLarge(limits.maxMessageBytes)}`, false));
      return new StreamableHTTPClientTransport(new URL(server.url), {
        requestInit: { headers: server.headers, redirect: 'error' },
        fetch: cappedFetch(limits.maxMessageBytes, refuse),
      }) as Transport;
    }
    return new CommandTransport({
      command: server.command,
      args: server.args,
      cwd: workspace.path,
      env: { ...env, HOME: workspace.home, ...server.env },
      memoryMiB: limits.memoryMiB,
      ...(limits.mostProcesses !== undefined && { mostProcesses: limits.mostProcesses }),
      confinement,
      maxMessageBytes: limits.maxMessageBytes,
      signal,
      onWords: (words) => say(`${name}: ${words.trimEnd()}`),
    });
  }
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
