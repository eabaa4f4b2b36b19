import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type CallToolResult, ErrorCode as McpCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { JobError } from 'pg-switchyard';
import { CommandFailed } from '../../lib/commands/start-command.ts';
import { AgentRunErrorCode } from '../error-codes.ts';
import type { ServerEnd } from './command-transport.ts';

const maxWords = 1_000;

export const toolFailed = (message: string, retryable: boolean, cause?: unknown): JobError =>
  new JobError(AgentRunErrorCode.TOOL_FAILED, message, { retryable, cause });

export const toolTimeout = (message: string): JobError =>
  new JobError(AgentRunErrorCode.TOOL_TIMEOUT, message, { retryable: false });

/**
 * A server's failure as the job's. Only what another try may not meet is tried again: a server that died, cannot be reached, or says
 * itself that it is busy. What was answered is final, as the same request has the same answer.
 */
export function serverFailure(what: string, error: unknown, end: ServerEnd | undefined): JobError {
  if (error instanceof JobError) return error;
  const isClosed = error instanceof McpError && error.code === McpCode.ConnectionClosed;
  if (end !== undefined && (isClosed || end.final))
    return toolFailed(`${what}: ${end.message}`, !end.final, error);
  if (error instanceof CommandFailed) return toolFailed(`${what}: ${error.message}`, true, error);
  if (isClosed) return toolFailed(`${what}: the server ended`, true, error);
  if (error instanceof McpError) return toolFailed(`${what} was refused: ${withData(error)}`, false, error);
  if (error instanceof StreamableHTTPError)
    return toolFailed(`${what}: the server answered: ${cut(error.message)}`, isPassing(error.code), error);
  if (isUnreachable(error))
    return toolFailed(`${what}: the server could not be reached: ${reasonOf(error)}`, true, error);
  return toolFailed(`${what}: the answer of the server is not MCP: ${reasonOf(error)}`, false, error);
}

/** Answers to a request that was too early or too much, or of something between us and the server. */
const isPassing = (status: number | undefined): boolean =>
  status !== undefined && [408, 425, 429, 500, 502, 503, 504].includes(status);

/** `fetch` says "fetch failed", and its cause says why; a redirect is an answer. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof TypeError && error.cause !== undefined && !reasonOf(error).includes('redirect');

/** With the reasons of the reason: an address, and the system's own word. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return cut(String(error));
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return cut(inner === undefined ? error.message : `${error.message}: ${reasonOf(inner)}`);
}

/** A server may name what a person must do, such as an address to visit. */
const withData = ({ message, data }: McpError): string =>
  cut(data === undefined ? message : `${message} ${JSON.stringify(data)}`);

/** What a tool says of its failure: its text, and its structured content. */
export function wordsOf({ content, structuredContent }: CallToolResult): string {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const structured = structuredContent === undefined ? [] : [JSON.stringify(structuredContent)];
  const others = structured.filter((text) => !texts.includes(text));
  return cut([...texts, ...others].join(' ')) || 'it failed, and does not say why';
}

const cut = (text: string): string => text.slice(0, maxWords);
