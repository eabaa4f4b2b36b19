import { useState } from 'react';
import { type PauseTarget, pause as pauseIt, resume } from '../../api/actions.ts';
import type { Pause } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icons.tsx';
import { ReasonDialog } from '../../components/reason-dialog.tsx';
import { useAction } from '../../components/use-action.ts';

/** What is paused, in words. */
export function pauseName({ scope, queue, key, system }: Pause): string {
  if (scope === 'system') return `system ${system}`;
  return scope === 'key' ? `key ${key} of ${queue}` : `queue ${queue}`;
}

export function pauseTarget({ scope, queue, key, system }: Pause): PauseTarget {
  if (scope === 'system') return { system: system ?? '' };
  return scope === 'key' ? { queue: queue ?? '', key: key ?? '' } : { queue: queue ?? '' };
}

export function ResumeButton({ target, name }: { target: PauseTarget; name: string }) {
  const action = useAction(resume, () => `Resumed ${name}`);
  return (
    <Button
      size="small"
      isDisabled={action.isPending}
      onPress={() => action.mutate(target)}
      aria-label={`Resume ${name}`}
    >
      <Icon name="play" /> Resume
    </Button>
  );
}

interface PauseButtonProps {
  target: PauseTarget;
  name: string;
  /** What a pause does, in words. */
  what: string;
  size?: 'normal' | 'small';
}

export function PauseButton({ target, name, what, size = 'normal' }: PauseButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const action = useAction(
    (reason: string) => pauseIt(target, reason),
    () => `Paused ${name}`,
  );
  return (
    <>
      <Button size={size} onPress={() => setOpen(true)} aria-label={`Pause ${name}`}>
        <Icon name="pause" /> Pause
      </Button>
      <ReasonDialog
        title={`Pause ${name}`}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Pause"
        onReason={(reason) => action.mutate(reason)}
      >
        <p>{what}</p>
      </ReasonDialog>
    </>
  );
}
