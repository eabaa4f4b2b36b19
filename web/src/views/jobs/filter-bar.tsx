import { useEffect, useState } from 'react';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import type { QueueView } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ChoiceField, TextField } from '../../components/field.tsx';
import { Icon } from '../../components/icons.tsx';
import { popoverPlace } from '../../components/popover-place.ts';
import { shortCountUpTo } from '../../components/time-text.ts';
import { filterLabel, type JobFilter } from './job-filter.ts';

type Change = (changes: Record<string, string | null>) => void;

interface FilterBarProps {
  filter: JobFilter;
  order: string;
  queue: QueueView | undefined;
  onChange: Change;
}

/** State, text, and all else by which jobs are filtered. */
export function FilterBar({ filter, order, queue, onChange }: FilterBarProps) {
  return (
    <>
      <States status={filter['status'] ?? ''} queue={queue} onChange={onChange} />
      <TextFilter name="q" label="Search id, label, key, error" filter={filter} onChange={onChange} />
      <MoreFilters filter={filter} order={order} hasKeys={queue?.hasKeys !== false} onChange={onChange} />
    </>
  );
}

const states = [
  { status: '', label: 'All', count: undefined },
  { status: 'queued', label: 'Queued', count: 'queued' },
  { status: 'delayed', label: 'Later', count: 'delayed' },
  { status: 'processing', label: 'Running', count: 'processing' },
  { status: 'parked', label: 'Wait for answer', count: 'parked' },
  { status: 'complete', label: 'Complete', count: undefined },
  { status: 'failed', label: 'Failed', count: 'failed' },
  { status: 'canceled', label: 'Canceled', count: 'canceled' },
] as const;

function States({
  status,
  queue,
  onChange,
}: {
  status: string;
  queue: QueueView | undefined;
  onChange: Change;
}) {
  return (
    <div className="states">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be drawn as one */}
      <div className="segments" role="group" aria-label="State">
        {states.map((state) => {
          const count = state.count === undefined ? 0 : (queue?.counts?.[state.count] ?? 0);
          return (
            <button
              key={state.status}
              type="button"
              aria-pressed={status === state.status}
              onClick={() => onChange({ status: state.status || null })}
            >
              {state.label}
              {count > 0 && (
                <span className="number small">
                  {' '}
                  {shortCountUpTo(count, queue?.countedUpTo ?? count + 1)}
                </span>
              )}
            </button>
          );
        })}
      </div>
    </div>
  );
}

interface TextFilterProps {
  name: string;
  label: string;
  filter: JobFilter;
  onChange: Change;
}

/** Takes effect a moment after the last key. */
function TextFilter({ name, label, filter, onChange }: TextFilterProps) {
  const current = filter[name] ?? '';
  const [text, setText] = useState(current);
  useEffect(() => setText(current), [current]);
  useEffect(() => {
    if (text.trim() === current) return;
    const timer = setTimeout(() => onChange({ [name]: text.trim() || null }), 300);
    return () => clearTimeout(timer);
  }, [text, current, name, onChange]);
  return (
    <input
      className="input search jobs-search"
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => setText(event.target.value)}
      data-shortcut="/"
    />
  );
}

function MoreFilters({
  filter,
  order,
  hasKeys,
  onChange,
}: Omit<FilterBarProps, 'queue'> & { hasKeys: boolean }) {
  const [column, setColumn] = useState('');
  const [value, setValue] = useState('');
  const field = (name: string, type = 'text') => (
    <TextField
      label={filterLabel(name)}
      type={type}
      value={filter[name] ?? ''}
      onChange={(text) => onChange({ [name]: text || null })}
    />
  );
  return (
    <DialogTrigger>
      <Button>
        Filters <Icon name="chevron" />
      </Button>
      <Popover UNSTABLE_portalContainer={popoverPlace()} className="popover" placement="bottom start">
        <Dialog className="content" aria-label="Filters">
          <div className="fields filters">
            {field('code')}
            {hasKeys && field('key')}
            {field('createdAfter', 'datetime-local')}
            {field('createdBefore', 'datetime-local')}
            {field('endedAfter', 'datetime-local')}
            {field('endedBefore', 'datetime-local')}
            <ChoiceField
              label="Order"
              value={order}
              onChange={(next) => onChange({ order: next === 'newest' ? null : next })}
              choices={[
                { value: 'newest', label: 'Newest first' },
                { value: 'oldest', label: 'Oldest first' },
              ]}
            />
            <form
              className="column-filter"
              onSubmit={(event) => {
                event.preventDefault();
                if (column.trim() !== '') onChange({ [`column.${column.trim()}`]: value || null });
                setColumn('');
                setValue('');
              }}
            >
              <TextField label="Column of the table" value={column} onChange={setColumn} />
              <TextField label="Is" value={value} onChange={setValue} />
              <Button type="submit">Add</Button>
            </form>
          </div>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

/** What is filtered by, each with a way to take it out. */
export function FilterChips({ filter, onChange }: { filter: JobFilter; onChange: Change }) {
  const shown = Object.entries(filter).filter(([name]) => name !== 'status' && name !== 'q');
  if (shown.length === 0) return null;
  return (
    <ul className="chips" aria-label="Filters">
      {shown.map(([name, value]) => (
        <li key={name}>
          <span className="break">
            {filterLabel(name)}: <strong>{value}</strong>
          </span>
          <Button
            kind="quiet"
            size="icon"
            aria-label={`Take out the filter ${filterLabel(name)}`}
            onPress={() => onChange({ [name]: null })}
          >
            <Icon name="close" />
          </Button>
        </li>
      ))}
      <li>
        <Button
          kind="quiet"
          size="small"
          onPress={() => onChange(Object.fromEntries(shown.map(([name]) => [name, null])))}
        >
          Clear
        </Button>
      </li>
    </ul>
  );
}
