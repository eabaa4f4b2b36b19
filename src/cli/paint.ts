import { styleText } from 'node:util';
import type { JobSummary } from '../operations/views.ts';

type Style = Parameters<typeof styleText>[0];

/** In colour on a terminal, unless NO_COLOR is set. */
const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

export const bold = (text: string): string => paint('bold', text);
export const faint = (text: string): string => paint('dim', text);
export const warning = (text: string): string => paint('yellow', text);

const states: Record<JobSummary['status'], Style> = {
  queued: 'white',
  processing: 'cyan',
  parked: 'yellow',
  complete: 'green',
  failed: 'red',
  canceled: 'magenta',
  other: 'white',
};

/** The word for a state of a job. */
export const painted = (status: JobSummary['status'], word: string = status): string =>
  paint(states[status], word);
