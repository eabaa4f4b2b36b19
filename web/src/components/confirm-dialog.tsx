import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { ModalDialog } from './dialog.tsx';

interface ConfirmDialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** What will happen. */
  children: ReactNode;
  action: string;
  kind?: 'primary' | 'danger';
  onConfirm: () => void;
}

export function ConfirmDialog({
  title,
  isOpen,
  onClose,
  children,
  action,
  kind = 'primary',
  onConfirm,
}: ConfirmDialogProps) {
  return (
    <ModalDialog title={title} isOpen={isOpen} onClose={onClose}>
      {children}
      <footer>
        <Button onPress={onClose}>Leave it</Button>
        <Button
          kind={kind}
          autoFocus
          onPress={() => {
            onConfirm();
            onClose();
          }}
        >
          {action}
        </Button>
      </footer>
    </ModalDialog>
  );
}
