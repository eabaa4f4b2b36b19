import { type FormEvent, useState } from 'react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { Link } from 'wouter';
import { createStore } from '../../api/store.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Icon } from '../../components/icons.tsx';
import { popoverPlace } from '../../components/popover-place.ts';

interface SavedView {
  name: string;
  /** Path and query of the address. */
  address: string;
}

const key = 'switchyard.views';

function stored(): SavedView[] {
  try {
    const views: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(views) ? views.filter(isView) : [];
  } catch {
    return []; // what another version wrote
  }
}

const isView = (view: unknown): view is SavedView =>
  typeof view === 'object' &&
  view !== null &&
  'name' in view &&
  typeof view.name === 'string' &&
  'address' in view &&
  typeof view.address === 'string' &&
  view.address.startsWith('/');

const views = createStore<readonly SavedView[]>(stored());

function keep(next: readonly SavedView[]): void {
  localStorage.setItem(key, JSON.stringify(next));
  views.set(next);
}

/** Filters by name, of all queues, kept in this browser. */
export function SavedViews({ address }: { address: string }) {
  const [name, setName] = useState('');
  const kept = views.use();
  const save = (event: FormEvent) => {
    event.preventDefault();
    keep([...kept.filter((view) => view.name !== name.trim()), { name: name.trim(), address }]);
    setName('');
  };
  return (
    <DialogTrigger>
      <Button>
        Views <Icon name="chevron" />
      </Button>
      <Popover UNSTABLE_portalContainer={popoverPlace()} className="popover" placement="bottom end">
        <Dialog className="content" aria-label="Saved views">
          {({ close }) => (
            <div className="fields">
              {kept.length === 0 && <p className="muted">No view is saved yet.</p>}
              <ul>
                {kept.map((view) => (
                  <li key={view.name} className="saved-view">
                    <Link href={view.address} onClick={close} className="cut">
                      {view.name}
                    </Link>
                    <Button
                      kind="quiet"
                      size="icon"
                      aria-label={`Remove the view ${view.name}`}
                      onPress={() => keep(kept.filter((other) => other !== view))}
                    >
                      <Icon name="close" />
                    </Button>
                  </li>
                ))}
              </ul>
              <form className="fields" onSubmit={save}>
                <TextField
                  label="Save this view as"
                  value={name}
                  onChange={setName}
                  maxLength={60}
                  required
                />
                <Button type="submit">Save</Button>
              </form>
            </div>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
