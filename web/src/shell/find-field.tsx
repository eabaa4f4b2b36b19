import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { Icon } from '../components/icons.tsx';

/** Finds a job by its id in all queues. */
export function FindField() {
  const [id, setId] = useState('');
  const [, navigate] = useLocation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (id.trim() === '') return;
    navigate(`/find?${new URLSearchParams({ id: id.trim() })}`);
    setId('');
  };
  return (
    <search className="find">
      <form onSubmit={submit}>
        <Icon name="search" />
        <input
          className="input search"
          type="search"
          aria-label="Find a job by its id"
          placeholder="Find a job by its id"
          autoComplete="off"
          spellCheck={false}
          value={id}
          onChange={(event) => setId(event.target.value)}
          data-shortcut="s"
        />
      </form>
    </search>
  );
}
