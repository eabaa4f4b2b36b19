import { createStore } from '../api/store.ts';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';
import { sentence } from './problem.tsx';

interface Toast {
  id: number;
  kind: 'done' | 'error';
  text: string;
}

const toasts = createStore<readonly Toast[]>([]);
const shownMs = 6_000;
let lastId = 0;

/** Says for a few seconds what was done, or until it is closed what was not. */
export function tell(text: string, kind: Toast['kind'] = 'done'): void {
  const toast = { id: ++lastId, kind, text: sentence(text) };
  toasts.set([...toasts.get().slice(-3), toast]);
  if (kind === 'done') setTimeout(() => close(toast.id), shownMs);
}

export const tellError = (error: Error): void => tell(error.message, 'error');

const close = (id: number) => toasts.set(toasts.get().filter((toast) => toast.id !== id));

export function Toasts() {
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.use().map(({ id, kind, text }) => (
        <div key={id} className="toast" data-kind={kind}>
          <span>{text}</span>
          <Button kind="quiet" size="icon" aria-label="Close" onPress={() => close(id)}>
            <Icon name="close" />
          </Button>
        </div>
      ))}
    </div>
  );
}
