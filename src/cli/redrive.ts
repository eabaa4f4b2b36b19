import { type Command, UsageError } from './command.ts';
import { changeRedrive } from './redrive-change.ts';
import { listThem, showOne } from './redrive-look.ts';
import { startRedrive } from './redrive-start.ts';
import { redriveUsage as usage } from './redrive-usage.ts';
import { didYouMean } from './similar.ts';

const parts: Record<string, (args: readonly string[]) => Promise<void>> = {
  start: startRedrive,
  list: listThem,
  show: showOne,
  pause: (args) => changeRedrive('pause', args),
  resume: (args) => changeRedrive('resume', args),
  cancel: (args) => changeRedrive('cancel', args),
};

export const redrive: Command = {
  help: `${usage}

Retries many failed or canceled jobs, or cancels many that wait, at a steady rate. It shows how many match and some of them, and asks
before it begins. Then it runs by itself: list and show say how far it is, and it can be paused, resumed and canceled.

  --reason        why; it is shown with the redrive
  --action        retry (the default), or cancel
  --status        which jobs: failed (the default), canceled; to cancel: queued, delayed (both by default)
  --code          with one of these error codes
  --message       with this text in their error message
  --q             with this text in the id, label, key or error message
  --key           of these keys
  --column        with this value of a column of the job table
  --rate          how many a second: 10 by default, 1000 to cancel
  --most-waiting  it waits while this many jobs of the queue wait; ten times the rate by default
  --paused        only counts, and waits for resume
  --preview       shows what would be taken, and ends
  --yes           begins without asking
  TIME is 2026-11-27T10:00:00Z, or so long ago: 30m, 12h, 7d

  switchyard redrive start orders --code CARD_DECLINED --ended-after 1d --reason "the bank is back"
  switchyard redrive start orders --action cancel --key acme --reason "sold twice"`,

  async run([word, ...args]) {
    const names = Object.keys(parts);
    const part = word === undefined || !Object.hasOwn(parts, word) ? undefined : parts[word];
    if (part !== undefined) return part(args);
    const what = word === undefined ? 'a word is missing' : `there is no redrive ${JSON.stringify(word)}`;
    throw new UsageError(
      `redrive goes with ${names.join(', ')}; ${what}${didYouMean(word ?? '', names)}\n${usage}`,
    );
  },
};
