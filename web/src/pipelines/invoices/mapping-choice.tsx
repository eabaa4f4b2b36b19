import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { mappingsQuery } from './queries.ts';

interface MappingChoiceProps {
  label: string;
  value: string;
  onChange: (name: string) => void;
}

/** One of the mappings that the gateway knows. */
export function MappingChoice({ label, value, onChange }: MappingChoiceProps) {
  const id = useId();
  const mappings = useQuery(mappingsQuery).data ?? [];
  const chosen = mappings.find(({ name }) => name === value);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={({ target }) => onChange(target.value)}>
        {chosen === undefined && <option value={value}>{value}</option>}
        {mappings.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      {chosen?.description && <span className="hint">{chosen.description}</span>}
    </div>
  );
}
