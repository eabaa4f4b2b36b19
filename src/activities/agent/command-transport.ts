import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { type CommandOptions, type RunningCommand, startCommand } from '../../platform/start-command.ts';

/**
 * MCP over the standard input and output of a program that is ended with all its children, and limited like every command
 * of strangers: the SDK's own transport ends the one process alone.
 */
export class CommandTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T) => void;
  readonly #options: CommandOptions & { onWords: (words: string) => void };
  readonly #received: ReadBuffer;
  #running: RunningCommand | undefined;

  constructor(options: CommandOptions & { maxMessageBytes: number; onWords: (words: string) => void }) {
    this.#options = options;
    this.#received = new ReadBuffer({ maxBufferSize: options.maxMessageBytes });
  }

  async start(): Promise<void> {
    const running = await startCommand(this.#options);
    this.#running = running;
    running.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    running.stderr.on('data', (chunk: Buffer) => this.#options.onWords(chunk.toString()));
    running.ended
      .catch((error: unknown) => this.onerror?.(error instanceof Error ? error : new Error(String(error))))
      .finally(() => this.onclose?.());
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
      this.onerror?.(error as Error);
      void this.close();
      return;
    }
    while (this.#readOne());
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
