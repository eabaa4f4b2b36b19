import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { ModalDialog } from './dialog.tsx';
import { TextField } from './field.tsx';

interface ReasonDialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** What will happen. */
  children: ReactNode;
  action: string;
  onReason: (reason: string) => void;
}

/** Asks why, for others to read. */
export function ReasonDialog({ title, isOpen, onClose, children, action, onReason }: ReasonDialogProps) {
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onReason(reason.trim());
    onClose();
  };
  return (
    <ModalDialog title={title} isOpen={isOpen} onClose={onClose}>
      {children}
      <form className="fields" onSubmit={submit}>
        <TextField
          label="Reason"
          hint="Others see it beside your name."
          value={reason}
          onChange={setReason}
          maxLength={500}
          required
          autoFocus
        />
        <footer className="form-end">
          <Button onPress={onClose}>Close</Button>
          <Button type="submit" kind="primary">
            {action}
          </Button>
        </footer>
      </form>
    </ModalDialog>
  );
}
