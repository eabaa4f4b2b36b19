import { type FormEvent, type ReactNode, useId, useMemo, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { ProblemNote } from '../components/problem.tsx';
import { FieldInput } from './field-input.tsx';
import { type FormPart, fieldsOf, isGroup } from './fields.ts';
import { nameOf, readAnswer, readJson } from './read-answer.ts';

interface SchemaFormProps {
  /** A JSON Schema of what is asked. */
  schema: unknown;
  /** The words of the button. */
  submit: string;
  isBusy?: boolean;
  /** What the API said against the last answer. */
  error?: Error | null;
  /** Called with a value that fits the schema. */
  onSubmit: (value: unknown) => void;
  /** More buttons, beside the first. */
  children?: ReactNode;
}

/** A form made of a JSON Schema, with what is wrong said at each field. What no fields can say is asked as JSON. */
export function SchemaForm({ schema, submit, isBusy = false, error, onSubmit, children }: SchemaFormProps) {
  const formId = useId();
  const parts = useMemo(() => fieldsOf(schema), [schema]);
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const form = useRef<HTMLFormElement>(null);

  function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const read = parts ? readAnswer(parts, data, schema) : readJson(String(data.get('json')), schema);
    setErrors(read.errors ?? new Map());
    if (read.errors === undefined) onSubmit(read.value);
    else requestAnimationFrame(() => focusFirst(form.current, read.errors));
  }

  return (
    <form ref={form} className="fields schema-form" noValidate onSubmit={send}>
      {parts ? (
        parts.map((part) => <Part key={nameOf(part.path)} part={part} formId={formId} errors={errors} />)
      ) : (
        <JsonField formId={formId} schema={schema} error={[...errors.values()][0]} />
      )}
      {parts && <Others parts={parts} errors={errors} />}
      {error && <ProblemNote error={error} />}
      <div className="row">
        <Button type="submit" kind="primary" isDisabled={isBusy}>
          {isBusy ? 'Sending …' : submit}
        </Button>
        {children}
      </div>
    </form>
  );
}

interface PartProps {
  part: FormPart;
  formId: string;
  errors: ReadonlyMap<string, string>;
}

function Part({ part, formId, errors }: PartProps) {
  if (!isGroup(part))
    return <FieldInput field={part} formId={formId} error={errors.get(nameOf(part.path))} />;
  return (
    <fieldset className="fields">
      <legend>
        {part.label} {!part.required && <span className="muted">(optional)</span>}
      </legend>
      {part.hint && <p className="muted small">{part.hint}</p>}
      {part.fields.map((field) => (
        <FieldInput
          key={nameOf(field.path)}
          field={field}
          formId={formId}
          error={errors.get(nameOf(field.path))}
        />
      ))}
    </fieldset>
  );
}

function JsonField({
  formId,
  schema,
  error,
}: {
  formId: string;
  schema: unknown;
  error: string | undefined;
}) {
  const id = `${formId}-json`;
  return (
    <div className="field">
      <label htmlFor={id}>Answer, as JSON</label>
      <textarea
        id={id}
        name="json"
        className="input"
        data-code
        rows={6}
        spellCheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={error ? `${id}-error` : undefined}
      />
      {error && (
        <span className="error" id={`${id}-error`}>
          {error}
        </span>
      )}
      <details>
        <summary>What it must fit</summary>
        <pre className="json">{JSON.stringify(schema, null, 2)}</pre>
      </details>
    </div>
  );
}

/** What is wrong with no field of its own. */
function Others({ parts, errors }: { parts: readonly FormPart[]; errors: ReadonlyMap<string, string> }) {
  const known = new Set(
    parts.flatMap((part) => (isGroup(part) ? part.fields : [part])).map(({ path }) => nameOf(path)),
  );
  const others = [...errors].filter(([name]) => !known.has(name));
  if (others.length === 0) return null;
  return (
    <ul className="note" data-kind="error" role="alert">
      {others.map(([name, text]) => (
        <li key={name}>{text}</li>
      ))}
    </ul>
  );
}

function focusFirst(form: HTMLFormElement | null, errors: ReadonlyMap<string, string>): void {
  const fields = [...(form?.querySelectorAll<HTMLElement>('[name]') ?? [])];
  const first = fields.find(
    (field) => errors.has(field.getAttribute('name') ?? '') || field.matches('[name=json]'),
  );
  first?.focus();
}
