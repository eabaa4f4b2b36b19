import { redriveChanges } from '../api/redrive-queries.ts';
import { redriveView } from '../api/redrive-view.ts';
import { Refusal } from '../operations/refusal.ts';
import { runAndAnswer } from './answer.ts';
import { changeAsOperator } from './operator.ts';
import { readRedriveId, requireRedrive } from './redrive-look.ts';
import { redriveText } from './redrive-text.ts';

/** `redrive pause|resume|cancel ID` */
export async function changeRedrive(
  change: keyof typeof redriveChanges,
  args: readonly string[],
): Promise<void> {
  const { id, flags } = readRedriveId(args);
  await runAndAnswer('redrive', flags, async ({ pool }) => {
    const row = await changeAsOperator(pool, (tx) => redriveChanges[change](tx, id));
    if (row === undefined) {
      const { status } = await requireRedrive(pool, id);
      throw new Refusal(
        'state',
        'WRONG_STATE',
        `only a redrive that waits or runs can be changed, and redrive ${id} is ${status}; make a new one`,
      );
    }
    const view = redriveView(row);
    return { json: view, text: redriveText(view) };
  });
}
