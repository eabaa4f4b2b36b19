import type { Pollers } from './pollers.ts';
import type { LookUpPollers } from './why-around.ts';

/** So long an answer of Temporal is taken for what holds, in milliseconds. */
const keptMs = 5_000;
const mostKept = 1_000;

/** Asks Temporal for each task queue once in a while, however many people look at its jobs. */
export function rememberPollers(lookUp: LookUpPollers): LookUpPollers {
  const answers = new Map<string, { at: number; answer: Promise<Pollers> }>();
  return (taskQueues) => {
    const key = JSON.stringify(taskQueues);
    const known = answers.get(key);
    const now = performance.now();
    if (known !== undefined && now - known.at < keptMs) return known.answer;
    if (answers.size >= mostKept) answers.clear();
    const answer = lookUp(taskQueues);
    answers.set(key, { at: now, answer });
    return answer;
  };
}
