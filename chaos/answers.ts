import pg from 'pg';
import { sleep } from '../src/platform/shutdown.ts';
import type { Answer } from '../src/queues/job.ts';
import type { Ledger } from './ledger.ts';
import { jobName, type Load } from './load.ts';
import type { Stack } from './stack.ts';
import { answerStatements } from './statements.ts';
import { once } from './users.ts';

const lookEveryMs = 500;

/** Answers what jobs ask, as soon as it is seen, until the signal; and tries answers that must be refused. */
export async function answerQuestions(stack: Stack, ledger: Ledger, signal: AbortSignal): Promise<void> {
  for (; !signal.aborted; await sleep(lookEveryMs, signal)) {
    for (const load of stack.loads) await once(() => answerAll(stack, load, ledger));
  }
}

async function answerAll({ pool }: Stack, load: Load, ledger: Ledger): Promise<void> {
  const statements = answerStatements(load.queue);
  if (statements === undefined) return;
  const give = (id: string, answer: Answer) => pool.query(statements.answer, [id, JSON.stringify(answer)]);
  const { rows } = await pool.query<{ id: string; waits: boolean }>(statements.asking);
  for (const { id, waits } of rows) {
    const job = ledger.made.get(jobName({ queue: load.queue.name, id }));
    if (job === undefined || load.answer === undefined) continue;
    const [right, other] = [load.answer(job), load.answer({ ...job, id: 'another' })];
    const refused = (answer: Answer, what: string) =>
      mustBeRefused(() => give(id, answer), ledger, `${what} to ${job.queue} ${id}`);
    if (!waits) {
      await refused(other, 'a late answer');
    } else if (load.variants[job.variant]?.answered) {
      await refused({ ...right, step: 'another' }, 'an answer for another step');
      await give(id, right).catch(throwUnlessRefused); // it was canceled meanwhile
      await refused(other, 'a second answer');
    }
  }
}

async function mustBeRefused(give: () => Promise<unknown>, ledger: Ledger, what: string): Promise<void> {
  const taken = await give().then(() => true, throwUnlessRefused);
  if (taken === true) ledger.refusals.push(`${what} was taken`);
}

function throwUnlessRefused(error: unknown): void {
  if (error instanceof pg.DatabaseError && error.constraint?.startsWith('switchyard_answer_')) return;
  throw error;
}
