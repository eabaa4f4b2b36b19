import { readBurnRates } from '../operations/history.ts';
import { mostSeconds, readObjectives, setObjectives } from '../operations/objectives.ts';
import type { BurnRate, Objectives } from '../operations/views.ts';
import { textTable } from '../platform/text-table.ts';
import { runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { queueNamed } from './named.ts';
import { changeAsOperator } from './operator.ts';
import { bold } from './paint.ts';

const usage = `usage: switchyard objectives QUEUE [--waiting SECONDS|none] [--total SECONDS|none] [--percent P] [--json]`;
const usualPart = 0.99;

export const objectives: Command = {
  help: `${usage}

Shows how soon the jobs of a queue are to start and to end, with the burn rate over the last 5 minutes, 30 minutes, hour and 6 hours: 1 is
as many late jobs as the objective allows. Sets those that are given.

  --waiting  seconds from when a job could start to its start
  --total    seconds from the insert of a job to its end
  --percent  this percentage of the jobs, for each that is given (default 99)

  switchyard objectives orders --waiting 10
  switchyard objectives orders --total 300 --percent 95`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: {
        waiting: { type: 'string' },
        total: { type: 'string' },
        percent: { type: 'string' },
        json: { type: 'boolean' },
      },
      words: 1,
    });
    const [name] = words;
    if (!name) throw new UsageError(`QUEUE is missing\n${usage}`);
    const change = readChange(flags);
    await runAndAnswer('objectives', flags, async ({ pool }) => {
      await queueNamed(pool, name);
      if (Object.keys(change).length > 0) {
        await changeAsOperator(pool, async (tx) =>
          setObjectives(tx, name, { ...(await readObjectives(tx, name)), ...change }),
        );
      }
      const shown = { queue: name, objectives: await readObjectives(pool, name) };
      const burnRates = await readBurnRates(pool, name);
      return { json: { ...shown, burnRates }, text: objectivesText(shown.objectives, burnRates) };
    });
  },
};

interface Flags {
  waiting?: string | undefined;
  total?: string | undefined;
  percent?: string | undefined;
}

function readChange({ waiting, total, percent }: Flags): Partial<Objectives> {
  if (percent !== undefined && waiting === undefined && total === undefined)
    throw new UsageError(`--percent goes with --waiting or --total\n${usage}`);
  const part =
    percent === undefined ? usualPart : Math.round(readNumber('percent', percent, mostPercent) * 1e4) / 1e6;
  const objective = (flag: 'waiting' | 'total', given: string) =>
    given === 'none' ? null : { seconds: readNumber(flag, given, mostSeconds), part };
  return {
    ...(waiting === undefined ? {} : { waiting: objective('waiting', waiting) }),
    ...(total === undefined ? {} : { total: objective('total', total) }),
  };
}

/** An objective is part of the jobs, never all. */
const mostPercent = 99.9999;

/** @throws {UsageError} */
function readNumber(flag: keyof Flags, given: string, most: number): number {
  const number = /^\d{1,8}(\.\d{1,6})?$/.test(given) ? Number(given) : Number.NaN;
  if (number > 0 && number <= most) return number;
  const orNone = flag === 'percent' ? '' : ', or none';
  throw new UsageError(
    `--${flag} must be a number above 0 and at most ${most}${orNone}; got ${JSON.stringify(given)}\n${usage}`,
  );
}

const windows = [5, 30, 60, 360];

function objectivesText(found: Objectives, burnRates: readonly BurnRate[]): string {
  const rate = (of: keyof Objectives, minutes: number) => {
    const known = burnRates.find((each) => each.of === of && each.minutes === minutes)?.rate;
    return known === undefined || known === null ? '–' : String(Math.round(known * 100) / 100);
  };
  const line = (of: keyof Objectives) => {
    const objective = found[of];
    if (objective === null) return [of, 'none'];
    const percent = `${Math.round(objective.part * 1e6) / 1e4} %`;
    return [of, String(objective.seconds), percent, ...windows.map((minutes) => rate(of, minutes))];
  };
  return textTable([
    ['objective', 'seconds', 'of jobs', 'burn rate 5 min', '30 min', '1 h', '6 h'].map(bold),
    line('waiting'),
    line('total'),
  ]);
}
