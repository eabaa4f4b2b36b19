import type { ReactNode } from 'react';
import type { Field } from './fields.ts';
import { nameOf } from './read-answer.ts';

interface FieldInputProps {
  field: Field;
  /** Of this form among others. */
  formId: string;
  error: string | undefined;
}

/** One field with its label, hint and error. */
export function FieldInput({ field, formId, error }: FieldInputProps) {
  const id = `${formId}-${field.path.join('-')}`;
  const hint = hintOf(field);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const notes = <Notes id={id} hint={hint} error={error} />;
  const common = { name: nameOf(field.path), 'aria-describedby': described };
  if (field.kind === 'yes or no' || field.kind === 'some of' || field.kind === 'one of')
    return <Choices field={field} common={common} error={error} notes={notes} />;
  const input = {
    ...common,
    id,
    className: 'input',
    'aria-invalid': error !== undefined,
    'aria-required': field.required,
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        {field.label} <Optional field={field} />
      </label>
      {field.kind === 'long text' || field.kind === 'lines' ? (
        <textarea {...input} rows={4} defaultValue={field.initial.join('\n')} />
      ) : (
        <input
          {...input}
          type="text"
          inputMode={field.kind === 'integer' ? 'numeric' : field.kind === 'number' ? 'decimal' : 'text'}
          autoComplete="off"
          defaultValue={field.initial[0] ?? ''}
        />
      )}
      {notes}
    </div>
  );
}

interface ChoicesProps {
  field: Field;
  common: { name: string; 'aria-describedby': string | undefined };
  error: string | undefined;
  notes: ReactNode;
}

/** Radio buttons, or boxes where several can be chosen. */
function Choices({ field, common, error, notes }: ChoicesProps) {
  const options =
    field.kind === 'yes or no'
      ? [
          { label: 'Yes', value: 'true', initial: 'true' },
          { label: 'No', value: 'false', initial: 'false' },
        ]
      : field.options.map(({ label, value }, i) => ({ label, value: String(i), initial: String(value) }));
  return (
    <fieldset
      className="choices"
      aria-describedby={common['aria-describedby']}
      data-invalid={error !== undefined}
    >
      <legend>
        {field.label} <Optional field={field} />
      </legend>
      {options.map(({ label, value, initial }) => (
        <label key={value} className="checkbox">
          <input
            type={field.kind === 'some of' ? 'checkbox' : 'radio'}
            name={common.name}
            value={value}
            defaultChecked={field.initial.includes(initial)}
          />
          {label}
        </label>
      ))}
      {notes}
    </fieldset>
  );
}

const Optional = ({ field }: { field: Field }) =>
  field.required ? null : <span className="muted">(optional)</span>;

function Notes({ id, hint, error }: { id: string; hint: string | undefined; error: string | undefined }) {
  return (
    <>
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error && (
        <span className="error" id={`${id}-error`}>
          {error}
        </span>
      )}
    </>
  );
}

function hintOf({ kind, hint }: Field): string | undefined {
  const lines = kind === 'lines' ? 'One a line.' : undefined;
  return [hint, lines].filter(Boolean).join(' ') || undefined;
}
