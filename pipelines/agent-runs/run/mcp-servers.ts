import { type CallToolResult, CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Confinement } from '../../lib/sandbox/policy.ts';
import type { McpServer } from '../settings.ts';
import { type Asked, McpConnection, type ToolLimits } from './mcp-connection.ts';
import { serverFailure, toolFailed, wordsOf } from './mcp-failures.ts';
import { Silence } from './silence.ts';

export interface ToolCall {
  step: string;
  server: string;
  tool: string;
  arguments: Record<string, unknown>;
  timeoutMs: number | undefined;
}

interface McpServersOptions {
  servers: ReadonlyMap<string, McpServer>;
  limits: ToolLimits;
  workspace: { path: string; home: string };
  /** The sandbox of servers that are programs; left out: they have none. */
  confinement?: Confinement | undefined;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  say: (line: string) => void;
  onProgress: () => void;
}

/** The MCP servers of one run: each is connected when it is needed first, and all are ended by `close`. */
export class McpServers {
  readonly #options: McpServersOptions;
  readonly #connections = new Map<string, McpConnection>();

  constructor(options: McpServersOptions) {
    this.#options = options;
  }

  /**
   * Whether the server offers the tool, and the tool takes the arguments, if these are known.
   * @throws {JobError} `PLAN_INVALID`, `TOOL_FAILED` or `TOOL_TIMEOUT`
   */
  async check(call: Omit<ToolCall, 'arguments' | 'timeoutMs'>, args: unknown): Promise<void> {
    const { tools } = await this.#connected(call.server);
    if (args === undefined) tools.requireTool(call.step, call.tool);
    else tools.checkArguments(call.step, call.tool, args);
  }

  /** @throws {JobError} `PLAN_INVALID`, `TOOL_FAILED` or `TOOL_TIMEOUT` */
  async call(call: ToolCall, asked: Asked): Promise<CallToolResult> {
    await this.check(call, call.arguments);
    const { limits, signal, onProgress } = this.#options;
    const what = `${call.server}/${call.tool}`;
    const connection = await this.#connected(call.server);
    const silenceMs = call.timeoutMs ?? limits.silenceMs;
    const mostMs = Math.max(limits.mostMs, call.timeoutMs ?? 0);
    const silence = new Silence(what, { silenceMs, mostMs });
    const progressToken = connection.expectProgress(what, () => {
      silence.progress();
      onProgress();
    });
    const stop = AbortSignal.any([signal, silence.signal, connection.refused, asked.signal]);
    connection.answerWith(asked);
    try {
      const params = { name: call.tool, arguments: call.arguments, _meta: { progressToken } };
      const result = await connection.client.request({ method: 'tools/call', params }, CallToolResultSchema, {
        signal: stop,
        timeout: mostMs + 60_000, // ours comes first
      });
      if (result.isError) throw toolFailed(`${what} says: ${wordsOf(result)}`, false);
      connection.tools.checkResult(call.tool, result);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (asked.signal.aborted) throw asked.signal.reason;
      throw serverFailure(what, stop.aborted ? stop.reason : error, connection.end);
    } finally {
      silence.close();
    }
  }

  /** Ends the servers that run here, with all their children, and the sessions with the others. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#connections.values()].map((connection) => connection.close()));
  }

  async #connected(name: string): Promise<McpConnection> {
    const known = this.#connections.get(name);
    if (known?.end === undefined && known !== undefined) return known;
    const { servers, ...options } = this.#options;
    const server = servers.get(name);
    if (server === undefined) throw new Error(`MCP_SERVERS does not name "${name}"`);
    const connection = new McpConnection({ ...options, name, server });
    this.#connections.set(name, connection);
    await connection.open();
    return connection;
  }
}
