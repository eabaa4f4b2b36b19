import { useId } from 'react';
import { ChoiceField, Field, TextField } from '../field.tsx';
import type { Draft } from './draft.ts';
import type { FormField } from './form-field.ts';

interface SchemaFieldProps {
  field: FormField;
  draft: Draft;
  errors: ReadonlyMap<string, string>;
  onChange: (pointer: string, text: string | readonly string[]) => void;
}

/** One field, or a group of them. */
export function SchemaField(props: SchemaFieldProps) {
  const { field, draft, errors, onChange } = props;
  const drafted = draft[field.pointer] ?? '';
  const text = typeof drafted === 'string' ? drafted : '';
  const common = {
    label: field.required ? field.label : `${field.label} (optional)`,
    hint: field.hint,
    error: errors.get(field.pointer),
    value: text,
    onChange: (next: string) => onChange(field.pointer, next),
  };
  switch (field.kind) {
    case 'group':
      return <Group {...props} />;
    case 'choices':
      return <Choices {...props} />;
    case 'boolean':
      return (
        <ChoiceField
          {...common}
          choices={[nothing, { value: 'true', label: 'Yes' }, { value: 'false', label: 'No' }]}
        />
      );
    case 'choice':
      return (
        <ChoiceField
          {...common}
          choices={[nothing, ...field.choices.map(({ label }, place) => ({ value: String(place), label }))]}
        />
      );
    case 'text':
    case 'number':
      return <TextField {...common} {...inputOf(field)} />;
    default:
      return <LongField {...common} isJson={field.kind === 'json'} isLines={field.kind === 'lines'} />;
  }
}

const nothing = { value: '', label: 'Choose …' };

const inputs: Record<string, string> = { email: 'email', uri: 'url', date: 'date' };

const inputOf = ({ kind, schema }: FormField) =>
  kind === 'number'
    ? { inputMode: 'decimal' as const }
    : { type: inputs[schema.format ?? ''] ?? 'text', autoComplete: 'off' };

interface LongFieldProps {
  label: string;
  hint: string | undefined;
  error: string | undefined;
  value: string;
  onChange: (text: string) => void;
  isJson: boolean;
  isLines: boolean;
}

function LongField({ label, hint, error, value, onChange, isJson, isLines }: LongFieldProps) {
  const how = isJson ? 'Written as JSON.' : isLines ? 'One a line.' : undefined;
  return (
    <Field label={label} hint={[hint, how].filter(Boolean).join(' ')} error={error}>
      {(props) => (
        <textarea
          {...props}
          className="input"
          data-code={isJson || undefined}
          rows={isJson ? 6 : 4}
          spellCheck={!isJson}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function Group(props: SchemaFieldProps) {
  const { field } = props;
  const parts = field.fields.map((part) => <SchemaField key={part.pointer} {...props} field={part} />);
  if (field.pointer === '') return parts;
  return (
    <fieldset className="fields">
      <legend>{field.label}</legend>
      {parts}
    </fieldset>
  );
}

function Choices({ field, draft, errors, onChange }: SchemaFieldProps) {
  const id = useId();
  const chosen = draft[field.pointer] ?? [];
  const toggle = (place: string) =>
    onChange(
      field.pointer,
      chosen.includes(place) ? [...chosen].filter((other) => other !== place) : [...chosen, place],
    );
  const error = errors.get(field.pointer);
  return (
    <fieldset className="fields" aria-describedby={error === undefined ? undefined : id}>
      <legend>{field.label}</legend>
      {field.choices.map(({ label }, index) => (
        <label key={label} className="checkbox">
          <input
            type="checkbox"
            checked={chosen.includes(String(index))}
            onChange={() => toggle(String(index))}
            aria-invalid={error === undefined ? undefined : true}
          />
          {label}
        </label>
      ))}
      {error && (
        <p id={id} className="error">
          {error}
        </p>
      )}
    </fieldset>
  );
}
