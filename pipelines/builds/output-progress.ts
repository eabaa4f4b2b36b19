const count = /(?<![\d./])(\d{1,7}) ?(?:\/|of) ?(\d{1,7})(?![\d./])/g;
const percent = /(?<![\d.])(100|\d{1,2})(?:\.\d+)? ?%/g;

/**
 * How far a build says that it is: the last "157 of 400", "157/400" or "39 %" of what it wrote; `undefined`: it says nothing of the kind.
 * Nothing else of its output is told: it may hold secrets.
 */
export function progressIn(output: string): string | undefined {
  const counts = [...output.matchAll(count)].filter(([, done, all]) => Number(done) <= Number(all));
  const last = counts.at(-1);
  if (last !== undefined) return `${last[1]} of ${last[2]}`;
  const share = [...output.matchAll(percent)].at(-1);
  return share && `${share[1]} %`;
}
