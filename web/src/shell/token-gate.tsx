import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { keepToken } from '../api/access.ts';
import { Button } from '../components/button.tsx';
import { PageHead } from '../components/page-head.tsx';
import { sentence } from '../components/problem.tsx';

/** The field for a token, where the API asks for one. */
export function TokenGate({ refusal }: { refusal: { code: string; detail: string } }) {
  const [value, setValue] = useState('');
  const queries = useQueryClient();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keepToken(value.trim());
    void queries.resetQueries();
  };
  const wrong = refusal.code !== 'NO_TOKEN';
  return (
    <>
      <PageHead title="This API requires a token" />
      <form className="fields token-form" onSubmit={submit}>
        <div className="field">
          <label htmlFor="token">Token</label>
          <input
            id="token"
            className="input"
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder="swy_…"
            value={value}
            onChange={(event) => setValue(event.target.value)}
            aria-invalid={wrong}
            aria-describedby="token-hint"
            required
          />
          {wrong && <p className="error">{sentence(refusal.detail)}</p>}
          <p id="token-hint" className="hint">
            It is kept in this tab alone, until the tab is closed. An operator makes one with{' '}
            <code>switchyard token create NAME --scopes read,write</code>.
          </p>
        </div>
        <div>
          <Button type="submit" kind="primary">
            Use it
          </Button>
        </div>
      </form>
    </>
  );
}
