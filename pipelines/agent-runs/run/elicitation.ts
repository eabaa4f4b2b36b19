import { isDeepStrictEqual } from 'node:util';
import type { ElicitRequestFormParams, ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { KnownError } from 'pg-switchyard';
import { z } from 'zod';
import type { Asked } from './mcp-connection.ts';

/** What a tool asked while it was called, and what a person answered. */
export const elicited = z.object({
  message: z.string(),
  schema: z.unknown(),
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.record(z.string(), z.unknown()).optional(),
});
export type Elicited = z.output<typeof elicited>;

/** A tool asks what nobody has answered yet. */
export class ToolAsks extends KnownError {
  override readonly name = 'ToolAsks';
  readonly question: ElicitRequestFormParams;
  /** The answers that it had before. */
  readonly before: readonly Elicited[];

  constructor(question: ElicitRequestFormParams, before: readonly Elicited[]) {
    super(`asks "${question.message}"`);
    this.question = question;
    this.before = before;
  }
}

/**
 * The questions of one call (MCP's elicitation, by form). A tool that is called again asks again: it gets the answers that it had, in
 * their order, as long as it asks the same; the first question without an answer ends the call.
 */
export class Elicitations implements Asked {
  readonly #answered: readonly Elicited[];
  readonly #stop = new AbortController();
  #next = 0;

  constructor(answered: readonly Elicited[]) {
    this.#answered = answered;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  answer(question: ElicitRequestFormParams): ElicitResult | undefined {
    const known = this.#answered[this.#next];
    const isSame =
      known?.message === question.message && isDeepStrictEqual(known.schema, question.requestedSchema);
    if (known === undefined || !isSame) {
      this.#stop.abort(new ToolAsks(question, this.#answered.slice(0, this.#next)));
      return undefined;
    }
    this.#next += 1;
    const { action, content } = known;
    return content === undefined ? { action } : { action, content: content as ElicitResult['content'] };
  }
}
