import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measure } from './benchmark.ts';
import { median } from './statistics.ts';

export interface BenchmarkResult {
  benchmark: string;
  seconds: number;
  measures: Measure[];
  /** Why it has no figures, when it failed. */
  error?: string;
}

type Verdict = 'met' | 'missed' | '';

function verdictOf({ goal, values }: Measure): Verdict {
  if (goal === undefined) return '';
  const worst = goal.kind === 'at least' ? Math.min(...values) : Math.max(...values);
  const judged = goal.judged === 'worst' ? worst : median(values);
  const reached = {
    'at most': judged <= goal.value,
    below: judged < goal.value,
    'at least': judged >= goal.value,
  }[goal.kind];
  return reached ? 'met' : 'missed';
}

const signs = { 'at most': '≤', below: '<', 'at least': '≥' } as const;

/** Three digits that mean something. */
function figure(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

function cellsOf(measure: Measure): string[] {
  const { name, unit, values, goal } = measure;
  const spread = `${figure(median(values))} (${figure(Math.min(...values))}–${figure(Math.max(...values))})`;
  return [
    name,
    `${spread}${unit && ` ${unit}`}`,
    goal === undefined ? '' : `${signs[goal.kind]} ${goal.value}${goal.judged === 'worst' ? ' always' : ''}`,
    verdictOf(measure),
  ];
}

/** A Markdown table that is also readable as it is. */
export function tableOf(measures: readonly Measure[]): string {
  const rows = [['', 'median (min–max)', 'goal', ''], ...measures.map(cellsOf)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join('\n');
}

export interface Machine {
  cores: number;
  cpu: string;
  memoryGiB: number;
  kernel: string;
  node: string;
  /** Mean of runnable processes in the minute before the first benchmark. */
  loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
    loadBefore: loadavg()[0] ?? 0,
  };
}

const resultsDir = fileURLToPath(new URL('./results', import.meta.url));

/** Keeps every value of a run as JSON, named by the time of its start. Answers the file. */
export async function saveResults(run: {
  startedAt: Date;
  repetitions: number;
  backlogRows: number;
  temporal: string;
  machine: Machine;
  results: readonly BenchmarkResult[];
}): Promise<string> {
  await mkdir(resultsDir, { recursive: true });
  const file = join(resultsDir, `${run.startedAt.toISOString().replaceAll(':', '-')}.json`);
  const results = run.results.map((result) => ({
    ...result,
    measures: result.measures.map((measure) => ({
      ...measure,
      median: median(measure.values),
      verdict: verdictOf(measure) || undefined,
    })),
  }));
  await writeFile(file, `${JSON.stringify({ ...run, results }, null, 2)}\n`);
  return file;
}
