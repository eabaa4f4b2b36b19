import { pino } from 'pino';

/** A logger that keeps its lines, for tests of what is logged. */
export function recordingLogger() {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'trace', base: {} },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  return { log, lines };
}

export const silentLogger = pino({ level: 'silent' });
