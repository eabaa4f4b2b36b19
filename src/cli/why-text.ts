import type { WaitReason } from '../operations/views.ts';
import { bold, faint } from './paint.ts';
import { visible } from './visible.ts';

/** Reasons, each with what to do about it on a line of its own. */
export const reasonsText = (reasons: readonly WaitReason[]): string =>
  reasons
    .map(({ code, text, wayOut }) =>
      [
        `${bold(code)}  ${visible(text, 1_000)}`,
        ...(wayOut === null ? [] : [faint(`  → ${visible(wayOut, 500)}`)]),
      ].join('\n'),
    )
    .join('\n');
