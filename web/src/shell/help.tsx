import { ModalDialog } from '../components/dialog.tsx';
import { places } from './shortcuts.ts';

const keys: readonly [string[], string][] = [
  [['?'], 'This help'],
  [['s'], 'Find a job by its id'],
  [['/'], 'Search the jobs of a queue'],
  [['j'], 'Next row'],
  [['k'], 'Row before'],
  [['x'], 'Select the row'],
  [['Enter'], 'Open the row'],
  [['Esc'], 'Close a dialog or menu'],
  ...Object.entries(places).map(([key, { label }]): [string[], string] => [['g', key], label]),
];

/** The keys by which the page is used. */
export function Help({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <ModalDialog title="Keys" isOpen={isOpen} onClose={onClose}>
      <dl className="shortcuts">
        {keys.map(([sequence, label]) => (
          <div key={label} className="fact">
            <dt>
              {sequence.map((key) => (
                <kbd key={key} className="kbd">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
    </ModalDialog>
  );
}
