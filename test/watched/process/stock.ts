import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';
import { compileCache } from '../../../server/dev/roles.ts';

type Line = Record<string, unknown>;

/** A process of the command line without an application, and what it logs. */
export interface StockProcess {
  readonly pid: number;
  readonly lines: readonly Line[];
  /** All that it wrote to standard error. */
  errors(): string;
  /** Resolves with its exit code, or its signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  said(message: string, fields?: Line): Line | undefined;
  kill(signal: NodeJS.Signals): void;
}

/** `switchyard …` of this checkout, with these settings besides those of the run's Temporal. */
export function runStock(args: readonly string[], env: Record<string, string>): StockProcess {
  const child = spawn(process.execPath, [resolve('src/cli/main.ts'), ...args], {
    env: {
      ...compileCache,
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(parse(line)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return {
    pid: child.pid ?? 0,
    lines,
    errors: () => errors,
    ended: once(child, 'close').then(([code, signal]) => code ?? signal),
    said: (message, fields = {}) =>
      lines.find(
        (line) =>
          line['msg'] === message && Object.entries(fields).every(([name, value]) => line[name] === value),
      ),
    kill: (signal) => void child.kill(signal),
  };
}

function parse(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return { msg: line };
  }
}
