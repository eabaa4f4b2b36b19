import type { ServerResponse } from 'node:http';

/** A client that has left more than this unread when more is to be sent is cut off; it can resume. */
const mostBuffered = 1024 * 1024;

interface EventStreamOptions {
  heartbeatMs: number;
  /** What is sent at each heartbeat. */
  heartbeat: () => string;
  /** Told why the client is cut off. */
  cutOff: (why: string) => void;
  /** Called once, whoever ends it. */
  closed: () => void;
}

/**
 * One answer that goes on: writes events as the client reads them. One that does not read is cut off, by the size of what it left and at
 * each heartbeat that finds the one before still unread.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: EventStreamOptions;
  readonly #heartbeat: NodeJS.Timeout;
  #open = true;

  constructor(response: ServerResponse, options: EventStreamOptions) {
    this.#response = response;
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#beat(options.heartbeat()), options.heartbeatMs);
    response.once('close', () => this.#closed());
    response.on('error', () => this.#closed());
  }

  write(text: string): void {
    if (!this.#open || text === '') return;
    if (this.#response.writableLength > mostBuffered) this.cut('it does not read what is sent');
    else this.#response.write(text);
  }

  /** Ends it in order: the client comes again. */
  end(): void {
    this.#closed();
    this.#response.end();
  }

  cut(why: string): void {
    this.#closed();
    this.#options.cutOff(why);
    this.#response.destroy();
  }

  #beat(text: string): void {
    if (this.#response.writableNeedDrain) this.cut('it has read nothing since the last heartbeat');
    else this.write(text);
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#heartbeat);
    this.#options.closed();
  }
}
