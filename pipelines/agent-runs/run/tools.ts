import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { type CallToolResult, ListToolsResultSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { JobError } from 'pg-switchyard';
import { AgentRunErrorCode } from '../error-codes.ts';
import { toolFailed } from './mcp-failures.ts';

/** A server that hands out pages without end is given up. */
const mostPages = 1_000;

/** What one server offers, as it says itself. */
export class Tools {
  readonly #server: string;
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #say: (line: string) => void;
  readonly #schemas = new AjvJsonSchemaValidator();

  private constructor(server: string, tools: readonly Tool[], say: (line: string) => void) {
    this.#server = server;
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#say = say;
  }

  static async list(server: string, client: Client, options: RequestOptions, say: (line: string) => void) {
    const tools: Tool[] = [];
    if (client.getServerCapabilities()?.tools === undefined) return new Tools(server, tools, say);
    let cursor: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const listed = await client.request({ method: 'tools/list', params }, ListToolsResultSchema, options);
      tools.push(...listed.tools);
      cursor = listed.nextCursor;
      if (cursor === undefined) return new Tools(server, tools, say);
    }
    throw toolFailed(`${server} lists its tools on more than ${mostPages} pages`, false);
  }

  /** @throws {JobError} `PLAN_INVALID` for a tool that the server does not offer */
  requireTool(step: string, name: string): Tool {
    const tool = this.#tools.get(name);
    if (tool !== undefined) return tool;
    const names = [...this.#tools.keys()].join(', ').slice(0, 1_000) || 'none';
    throw invalid(`step "${step}" calls the tool "${name}" of "${this.#server}", which offers ${names}`);
  }

  /** @throws {JobError} `PLAN_INVALID` for arguments that the tool does not take */
  checkArguments(step: string, name: string, given: unknown): void {
    const misfit = this.#misfit(this.requireTool(step, name).inputSchema, given);
    if (misfit !== undefined)
      throw invalid(`the arguments of step "${step}" do not fit ${this.#server}/${name}: ${misfit}`);
  }

  /** @throws {JobError} `TOOL_FAILED`, final, for a result that is not what the tool promises */
  checkResult(name: string, { structuredContent }: CallToolResult): void {
    const promised = this.#tools.get(name)?.outputSchema;
    if (promised === undefined) return;
    const misfit =
      structuredContent === undefined
        ? 'it has no structured content'
        : this.#misfit(promised, structuredContent);
    if (misfit !== undefined)
      throw toolFailed(
        `the result of ${this.#server}/${name} does not fit its outputSchema: ${misfit}`,
        false,
      );
  }

  #misfit(schema: object, value: unknown): string | undefined {
    try {
      const { valid, errorMessage } = this.#schemas.getValidator(schema)(value);
      return valid ? undefined : (errorMessage ?? 'it does not say why').slice(0, 1_000);
    } catch (error) {
      this.#say(`${this.#server}: a schema that cannot be read is not checked: ${String(error)}`);
      return undefined;
    }
  }
}

const invalid = (message: string): JobError =>
  new JobError(AgentRunErrorCode.PLAN_INVALID, message, { retryable: false });
