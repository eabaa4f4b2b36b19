import { useState } from 'react';
import { changeRedrive } from '../../api/actions.ts';
import type { Redrive } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useAction } from '../../components/use-action.ts';

const said = { pause: 'Paused', resume: 'It goes on', cancel: 'Ended' } as const;

export function RedriveActions({ redrive }: { redrive: Redrive }) {
  const [isOpen, setOpen] = useState(false);
  const change = useAction(
    (what: keyof typeof said) => changeRedrive(redrive.id, what),
    (_, what) => said[what],
  );
  if (!['queued', 'processing'].includes(redrive.status)) return null;
  const next = redrive.paused ? 'resume' : 'pause';
  return (
    <>
      <Button isDisabled={change.isPending} onPress={() => change.mutate(next)}>
        {redrive.paused ? 'Resume' : 'Pause'}
      </Button>
      <Button kind="danger" onPress={() => setOpen(true)}>
        End it
      </Button>
      <ConfirmDialog
        title="End this redrive?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="End it"
        kind="danger"
        onConfirm={() => change.mutate('cancel')}
      >
        <p>What it has done stays done; the other jobs are left as they are.</p>
      </ConfirmDialog>
    </>
  );
}
