import type { ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

interface ModalDialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  size?: 'normal' | 'wide';
  children: ReactNode;
}

/** A dialog over the page. The focus stays in it, and goes back where it was; Escape closes it. */
export function ModalDialog({ title, isOpen, onClose, size = 'normal', children }: ModalDialogProps) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      onOpenChange={(open) => open || onClose()}
      isDismissable
    >
      <Modal className="modal" data-size={size}>
        <Dialog>
          <div className="dialog">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {children}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
