import { insertRedrive, type NewRedrive, previewRedrive } from '../api/redrive-queries.ts';
import { redriveView, sampleView } from '../api/redrive-view.ts';
import { definitionOf } from '../operations/definition.ts';
import { Refusal } from '../operations/refusal.ts';
import type { RegisteredQueue } from '../operations/registered-queue.ts';
import type { Pool } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { type Answer, runAndAnswer } from './answer.ts';
import { confirmed } from './confirm.ts';
import { queueNamed } from './named.ts';
import { changeAsOperator } from './operator.ts';
import { readRedrive } from './redrive-flags.ts';
import { type Preview, previewText, redriveText } from './redrive-text.ts';

/** `redrive start QUEUE …` */
export async function startRedrive(args: readonly string[]): Promise<void> {
  const { name, action, flags, of } = readRedrive(args);
  await runAndAnswer('redrive', flags, async ({ pool }) => {
    const queue = await queueNamed(pool, name);
    const redrive = of(queue);
    const definition = await definitionFor(pool, queue);
    if (flags.preview === true || flags.yes !== true) {
      const preview = await previewOf(pool, definition, redrive);
      const text = previewText(queue.name, action, preview);
      if (flags.preview === true) return { json: preview, text };
      if (!(await confirmed(text, questions[action]))) return notStarted(preview);
    }
    const row = await changeAsOperator(pool, (tx) => insertRedrive(tx, redrive, 'cli'));
    if (row === undefined) throw new Error('the redrive was not inserted');
    const view = redriveView(row);
    return { json: view, text: redriveText(view) };
  });
}

const questions = { retry: 'Have them run again?', cancel: 'Cancel them?' };

async function previewOf(pool: Pool, definition: QueueDefinition, redrive: NewRedrive): Promise<Preview> {
  const found = await changeAsOperator(pool, (tx) => previewRedrive(tx, definition, redrive));
  return { ...found, sample: found.sample.map(sampleView) };
}

const notStarted = (preview: Preview): Answer => ({ json: preview, text: 'nothing was done', code: 4 });

async function definitionFor(pool: Pool, queue: RegisteredQueue): Promise<QueueDefinition> {
  if (queue.name === 'redrives')
    throw new Refusal('bad', 'NO_SUCH_QUEUE', 'redrives are not redriven; make a new one');
  const definition = await definitionOf(pool, queue);
  if (definition !== undefined) return definition;
  throw new Refusal(
    'state',
    'NOT_SERVED_YET',
    `no starter of this version has served the queue ${queue.name} yet; start the one of its application`,
  );
}
