import type { Pool } from 'pg-switchyard';
import type { DemoQuestion } from './demos/demo.ts';
import { pageOfJob } from './links.ts';

/** How long a demo waits for its user; the job itself waits on. */
const waitMs = 10 * 60_000;

/** The questions of a demo: shown with a link to the page that takes the answer, and answered by the demo only where nobody is there. */
export class DemoQuestions {
  readonly #question: DemoQuestion;
  readonly #page: string;
  readonly #print: (text: string) => void;
  readonly #isAnswered: boolean;
  readonly #shown = new Set<string>();
  #askedAt: number | undefined;

  /** @param options.nobodyThere the demo answers by SQL at once, as nobody reads its questions (`--exit`) */
  constructor(
    question: DemoQuestion,
    options: { page: string; print: (text: string) => void; nobodyThere: boolean },
  ) {
    this.#question = question;
    this.#page = options.page;
    this.#print = options.print;
    this.#isAnswered = options.nobodyThere;
  }

  /** Shows what is asked now. `'too late'`: nobody has answered for so long that the demo goes on without. */
  async look(pool: Pick<Pool, 'query'>): Promise<'too late' | undefined> {
    const { rows } = await pool.query<{ id: string; message: string }>(this.#question.waiting);
    for (const { id, message } of rows.filter((row) => !this.#shown.has(row.id))) {
      this.#shown.add(id);
      this.#askedAt = performance.now();
      await this.#show(pool, id, message);
    }
    if (rows.length === 0) this.#askedAt = undefined;
    if (this.#askedAt === undefined || performance.now() - this.#askedAt < waitMs) return undefined;
    this.#print(
      `\nNobody has answered for ${waitMs / 60_000} minutes. The job waits on; this demo does not.`,
    );
    return 'too late';
  }

  async #show(pool: Pick<Pool, 'query'>, id: string, message: string): Promise<void> {
    const { answer, queue } = this.#question;
    if (this.#isAnswered) {
      this.#print(
        `\nIt asks: ${message}\nWith --exit nobody is there to answer, so the demo does:\n${answer}`,
      );
      await pool.query(answer);
      return;
    }
    const link = pageOfJob(this.#page, queue, id);
    this.#print(
      `\nIt asks you: ${message}\n  Answer on the page   ${link}\n  or by SQL            ${answer}\nThe demo waits for you, for ${waitMs / 60_000} minutes.`,
    );
  }
}
