import { findRedrive, listRedrives, type RedriveRow } from '../api/redrive-queries.ts';
import { redriveView } from '../api/redrive-view.ts';
import { Refusal } from '../operations/refusal.ts';
import type { Pool } from '../platform/database.ts';
import { readId } from '../queues/definition.ts';
import { runAndAnswer } from './answer.ts';
import { readArguments, UsageError } from './command.ts';
import { redrivesTable, redriveText } from './redrive-text.ts';
import { redriveUsage as usage } from './redrive-usage.ts';

const mostShown = 20;
const options = { json: { type: 'boolean' } } as const;

/** `redrive list` */
export async function listThem(args: readonly string[]): Promise<void> {
  const { flags } = readArguments(args, usage, { options, words: 0 });
  await runAndAnswer('redrive', flags, async ({ pool }) => {
    const redrives = (await listRedrives(pool, undefined, mostShown)).map(redriveView);
    return { json: { redrives }, text: redrivesTable(redrives) };
  });
}

/** `redrive show ID` */
export async function showOne(args: readonly string[]): Promise<void> {
  const { id, flags } = readRedriveId(args);
  await runAndAnswer('redrive', flags, async ({ pool }) => {
    const view = redriveView(await requireRedrive(pool, id));
    return { json: view, text: redriveText(view) };
  });
}

/** @throws {UsageError} */
export function readRedriveId(args: readonly string[]) {
  const { words, flags } = readArguments(args, usage, { options, words: 1 });
  const id = readId('bigint', words[0] ?? '');
  if (id === undefined)
    throw new UsageError(
      `ID must be the whole number of a redrive; got ${JSON.stringify(words[0] ?? '')}\n${usage}`,
    );
  return { id, flags };
}

/** @throws {Refusal} NO_SUCH_REDRIVE */
export async function requireRedrive(pool: Pool, id: string): Promise<RedriveRow> {
  const row = await findRedrive(pool, id);
  if (row !== undefined) return row;
  throw new Refusal(
    'missing',
    'NO_SUCH_REDRIVE',
    `there is no redrive ${id}; switchyard redrive list shows the last`,
  );
}
