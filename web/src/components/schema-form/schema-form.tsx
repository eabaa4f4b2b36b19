import { type FormEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import { Button } from '../button.tsx';
import { checkValue } from './check.ts';
import { type Draft, firstDraft, readDraft } from './draft.ts';
import { fieldOf, type Schema } from './form-field.ts';
import { SchemaField } from './schema-field.tsx';

interface SchemaFormProps {
  /** A JSON Schema; one that is no object takes any JSON. */
  schema: unknown;
  /** What the button says. */
  action: string;
  isPending?: boolean;
  /** Beside the button. */
  children?: ReactNode;
  /** Called with a value that the schema allows. */
  onValue: (value: unknown) => void;
}

/** A form made of a JSON Schema, with what is wrong beside each field. */
export function SchemaForm({ schema, action, isPending = false, children, onValue }: SchemaFormProps) {
  const root = useMemo(() => fieldOf(isSchema(schema) ? schema : {}), [schema]);
  const [draft, setDraft] = useState<Draft>(() => firstDraft(root));
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const form = useRef<HTMLFormElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = new Map<string, string>();
    const value = readDraft(root, draft, found);
    if (found.size === 0) for (const [pointer, text] of checkValue(root, value)) found.set(pointer, text);
    setErrors(found);
    if (found.size === 0) onValue(value);
    else
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const own = errors.get('');
  return (
    <form ref={form} className="fields schema-form" onSubmit={submit} noValidate>
      {root.kind === 'group' && own && (
        <p className="error" role="alert">
          {own}
        </p>
      )}
      <SchemaField
        field={root}
        draft={draft}
        errors={errors}
        onChange={(pointer, text) => setDraft((before) => ({ ...before, [pointer]: text }))}
      />
      <div className="row">
        <Button type="submit" kind="primary" isDisabled={isPending}>
          {action}
        </Button>
        {children}
      </div>
    </form>
  );
}

const isSchema = (schema: unknown): schema is Schema =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema);
