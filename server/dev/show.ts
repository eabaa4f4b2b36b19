import { basename, join, relative } from 'node:path';
import { Listr } from 'listr2';
import { convert, type JobView } from './convert.ts';

/** What the display needs of a listr2 task. */
interface Line {
  title: string;
  output: string;
}

/** Runs the steps one after the other and shows them; what a step says meanwhile stands below it. */
export async function showSteps(
  steps: readonly { title: string; run: () => Promise<void> }[],
  options: { signal: AbortSignal; onStep: (line: Line) => void },
): Promise<void> {
  const tasks = steps.map(({ title, run }) => ({
    title,
    skip: () => options.signal.aborted,
    task: (_: unknown, line: Line) => {
      options.onStep(line);
      return run();
    },
  }));
  await new Listr(tasks, display).run();
}

/** Converts the PDFs side by side and shows the way of each. Answers whether all came out complete. */
export async function showConversions(options: {
  api: string;
  dataDir: string;
  files: readonly string[];
  signal: AbortSignal;
}): Promise<boolean> {
  const { api, dataDir, files, signal } = options;
  const width = Math.max(...files.map((file) => basename(file).length));
  const tasks = files.map((file) => ({
    title: basename(file),
    task: async (_: unknown, line: Line) => {
      const name = basename(file).padEnd(width);
      const began = performance.now();
      const way: string[] = [];
      const job = await convert({
        api,
        file,
        signal,
        onChange: ({ status }) => {
          way.push(status);
          line.title = `${name}  ${way.join(' → ')}`;
        },
      });
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      if (job === undefined) throw new Error('left on its way; it goes on at the next start');
      if (job.status !== 'complete') throw new Error(`after ${seconds} s, ${reason(job)}`);
      line.title += ` in ${seconds} s  ${shown(join(dataDir, 'results', `${job.id}.xml`))}`;
    },
  }));
  const list = new Listr(tasks, { ...display, concurrent: 8, exitOnError: false, collectErrors: true });
  await list.run();
  return (list.errors ?? []).length === 0;
}

const reason = ({ error }: JobView) => (error === null ? '' : `${error.code}: ${error.message}`);

/** A path as short as it can be written from here. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

const display = {
  registerSignalListeners: false,
  rendererOptions: { collapseSubtasks: false, collapseErrors: false, showErrorMessage: true, outputBar: 1 },
} as const;
