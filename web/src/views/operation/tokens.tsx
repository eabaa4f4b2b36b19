import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { revokeToken } from '../../api/actions.ts';
import { tokensQuery } from '../../api/queries.ts';
import type { TokenView } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Time } from '../../components/time.tsx';
import { useAction } from '../../components/use-action.ts';

/** Who may use the API. Tokens are made on the command line, and shown there once. */
export function Tokens() {
  const query = useQuery(tokensQuery);
  return (
    <>
      <PageHead title="Tokens" below="Who may use the API, and how far" />
      <QueryView query={query}>
        {(tokens) =>
          tokens.length === 0 ? (
            <Empty title="No tokens yet">
              Everybody on this machine may use the API.{' '}
              <code>switchyard token create NAME --scopes read,write</code> makes one; from then on the API
              asks for it.
            </Empty>
          ) : (
            <TokensTable tokens={tokens} />
          )
        }
      </QueryView>
    </>
  );
}

function TokensTable({ tokens }: { tokens: readonly TokenView[] }) {
  const [revoked, setRevoked] = useState<string>();
  const revoke = useAction(revokeToken, (_, name) => `Revoked ${name}; it holds within 10 seconds`);
  return (
    <section className="panel" aria-label="Tokens">
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">May</th>
            <th scope="col">Made</th>
            <th scope="col">Last used</th>
            <th scope="col">Ends</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.name}>
              <td data-label="Name" className="break">
                {token.name}{' '}
                {token.revokedAt && (
                  <span className="state" data-state="canceled">
                    Revoked
                  </span>
                )}
              </td>
              <td data-label="May">{token.scopes.join(', ')}</td>
              <td data-label="Made">
                <Time at={token.createdAt} />
              </td>
              <td data-label="Last used">
                {token.lastUsedAt ? <Time at={token.lastUsedAt} /> : <span className="muted">never</span>}
              </td>
              <td data-label="Ends">
                {token.expiresAt ? <Time at={token.expiresAt} /> : <span className="muted">never</span>}
              </td>
              <td className="number">
                {token.revokedAt === null && (
                  <Button
                    size="small"
                    kind="danger"
                    onPress={() => setRevoked(token.name)}
                    aria-label={`Revoke ${token.name}`}
                  >
                    Revoke
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ConfirmDialog
        title={`Revoke ${revoked}?`}
        isOpen={revoked !== undefined}
        onClose={() => setRevoked(undefined)}
        action="Revoke it"
        kind="danger"
        onConfirm={() => revoked !== undefined && revoke.mutate(revoked)}
      >
        <p>Whoever uses it is refused from then on. A revoked token cannot be used again.</p>
      </ConfirmDialog>
    </section>
  );
}
