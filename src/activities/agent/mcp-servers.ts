import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type CallToolResult,
  ListRootsRequestSchema,
  ErrorCode as McpCode,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import type { McpServer } from '../../platform/config.ts';
import { ErrorCode, JobError } from '../../platform/errors.ts';
import { cappedFetch } from './capped-fetch.ts';
import { CommandTransport } from './command-transport.ts';

export interface ToolLimits {
  /** Without an answer or a word of progress. */
  silenceMs: number;
  /** In all. */
  mostMs: number;
  memoryMiB: number;
  maxMessageBytes: number;
}

export interface ToolCall {
  server: string;
  tool: string;
  arguments: Record<string, unknown>;
  timeoutMs: number | undefined;
}

interface McpServersOptions {
  servers: ReadonlyMap<string, McpServer>;
  limits: ToolLimits;
  workspace: { path: string; home: string };
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  say: (line: string) => void;
  onProgress: () => void;
}

/** The MCP servers of one run: each is connected when it is called first, and all are ended by `close`. */
export class McpServers {
  readonly #options: McpServersOptions;
  readonly #clients = new Map<string, Client>();

  constructor(options: McpServersOptions) {
    this.#options = options;
  }

  /** @throws {JobError} `TOOL_FAILED` or `TOOL_TIMEOUT` */
  async call(call: ToolCall): Promise<CallToolResult> {
    const { limits, signal, say, onProgress } = this.#options;
    const what = `${call.server}/${call.tool}`;
    try {
      const client = await this.#connected(call.server);
      const result = await client.callTool({ name: call.tool, arguments: call.arguments }, undefined, {
        signal,
        timeout: call.timeoutMs ?? limits.silenceMs,
        resetTimeoutOnProgress: true,
        maxTotalTimeout: Math.max(limits.mostMs, call.timeoutMs ?? 0),
        onprogress: ({ progress, total, message }) => {
          onProgress();
          say(
            `${what}: ${progress}${total === undefined ? '' : `/${total}`}${message === undefined ? '' : ` ${message}`}`,
          );
        },
      });
      if (result.isError) throw failed(`${what} says: ${wordsOf(result as CallToolResult)}`, false);
      return result as CallToolResult;
    } catch (error) {
      signal.throwIfAborted();
      throw toolError(what, error);
    }
  }

  /** Ends the servers that run here, with all their children, and the sessions with the others. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#clients.values()].map((client) => client.close()));
  }

  async #connected(name: string): Promise<Client> {
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const { workspace, limits, signal } = this.#options;
    const client = new Client({ name: 'switchyard', version: '1' }, { capabilities: { roots: {} } });
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: [{ uri: pathToFileURL(workspace.path).href, name: 'workspace' }],
    }));
    this.#clients.set(name, client);
    client.onerror = (error) => this.#options.say(`${name}: ${error.message}`);
    client.onclose = () => this.#clients.delete(name);
    await client.connect(this.#transport(name), { signal, timeout: limits.silenceMs });
    return client;
  }

  #transport(name: string): Transport {
    const { servers, limits, workspace, env, signal, say } = this.#options;
    const server = servers.get(name);
    if (server === undefined) throw new Error(`MCP_SERVERS does not name "${name}"`);
    if ('url' in server) {
      return new StreamableHTTPClientTransport(new URL(server.url), {
        requestInit: { headers: server.headers, redirect: 'error' },
        fetch: cappedFetch(limits.maxMessageBytes),
      }) as Transport;
    }
    return new CommandTransport({
      command: server.command,
      args: server.args,
      cwd: workspace.path,
      env: { ...env, HOME: workspace.home, ...server.env },
      memoryMiB: limits.memoryMiB,
      maxMessageBytes: limits.maxMessageBytes,
      signal,
      onWords: (words) => say(`${name}: ${words.trimEnd()}`),
    });
  }
}

const failed = (message: string, retryable: boolean, cause?: unknown) =>
  new JobError(ErrorCode.TOOL_FAILED, message, { retryable, cause });

/** What the server says is final; one that died, or cannot be reached, may be there at the next try. */
function toolError(what: string, error: unknown): JobError {
  if (error instanceof JobError) return error;
  if (!(error instanceof McpError))
    return failed(`${what} could not be called: ${reasonOf(error)}`, true, error);
  if (error.code === McpCode.RequestTimeout)
    return new JobError(ErrorCode.TOOL_TIMEOUT, `${what} took too long`, { retryable: false, cause: error });
  if (error.code === McpCode.ConnectionClosed) return failed(`${what}: the server ended`, true, error);
  return failed(`${what} was refused: ${error.message}`, false, error);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const wordsOf = ({ content }: CallToolResult): string =>
  content
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join(' ')
    .slice(0, 1_000) || 'it failed';
