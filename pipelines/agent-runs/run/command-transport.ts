import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { CommandOptions } from '../../lib/commands/command-options.ts';
import {
  type CommandExit,
  CommandFailed,
  type RunningCommand,
  startCommand,
} from '../../lib/commands/start-command.ts';

/** Why a server is there no more. `final`: it would end like that again. */
export interface ServerEnd {
  message: string;
  final: boolean;
}

/** An error quotes this much of what the server said last. */
const lastWordsChars = 1_000;

/**
 * MCP over the standard input and output of a program that is ended with all its children, and limited like every command
 * of strangers: the SDK's own transport ends the one process alone.
 */
export class CommandTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T) => void;
  readonly #options: CommandOptions & { maxMessageBytes: number; onWords: (words: string) => void };
  readonly #received: ReadBuffer;
  #running: RunningCommand | undefined;
  #end: ServerEnd | undefined;
  #lastWords = '';

  constructor(options: CommandOptions & { maxMessageBytes: number; onWords: (words: string) => void }) {
    this.#options = options;
    this.#received = new ReadBuffer({ maxBufferSize: options.maxMessageBytes });
  }

  async start(): Promise<void> {
    const running = await startCommand(this.#options);
    this.#running = running;
    running.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    running.stderr.on('data', (chunk: Buffer) => {
      const words = chunk.toString();
      this.#lastWords = (this.#lastWords + words).slice(-lastWordsChars);
      this.#options.onWords(words);
    });
    running.ended
      .then(
        (exit) => this.#over({ message: howEnded(exit), final: false }),
        (error: unknown) => {
          this.#over({
            message: `the server was ended: ${messageOf(error)}`,
            final: error instanceof CommandFailed,
          });
          this.onerror?.(error instanceof Error ? error : new Error(String(error)));
        },
      )
      .finally(() => this.onclose?.());
  }

  /** Why it is there no more, with its last words. */
  get end(): ServerEnd | undefined {
    const said = this.#lastWords.trim();
    return this.#end && { ...this.#end, message: `${this.#end.message}${said && `; it said last: ${said}`}` };
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#running === undefined) throw new Error('the server is not started');
    this.#running.stdin.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    await this.#running?.stop();
  }

  #receive(chunk: Buffer): void {
    try {
      this.#received.append(chunk);
    } catch (error) {
      // More than a message may have, without an end of its line.
      this.#over({ message: `the server sent ${tooLarge(this.#options.maxMessageBytes)}`, final: true });
      this.onerror?.(error as Error);
      void this.close();
      return;
    }
    while (this.#readOne());
  }

  /** What ended it first counts. */
  #over(end: ServerEnd): void {
    this.#end ??= end;
  }

  /** A line that is no message is told, and passed over. */
  #readOne(): boolean {
    try {
      const message = this.#received.readMessage();
      if (message !== null) this.onmessage?.(message);
      return message !== null;
    } catch (error) {
      this.onerror?.(error as Error);
      return true;
    }
  }
}

export const tooLarge = (maxBytes: number): string =>
  `a message of more than ${maxBytes} bytes (AGENT_MAX_RESULT)`;

function howEnded({ code, signal, notStarted }: CommandExit): string {
  if (notStarted) return 'the server was not started: its sandbox could not be made';
  return `the server ended: it ${code === null ? `was killed by ${signal}` : `exited with code ${code}`}`;
}

const messageOf = (error: unknown): string => {
  if (error instanceof CommandFailed && error.reason === 'memory')
    return `${error.message} (AGENT_TOOL_MEMORY)`;
  return error instanceof Error ? error.message : String(error);
};
