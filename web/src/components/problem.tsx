import { ApiProblem } from '../api/request.ts';
import { Button } from './button.tsx';

/** What the API refused, in its words. */
export function ProblemNote({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const code = error instanceof ApiProblem ? error.code : undefined;
  return (
    <div className="note" data-kind="error" role="alert">
      <p>
        <strong>{sentence(error.message)}</strong>
      </p>
      {code && (
        <p className="muted small">
          <code>{code}</code>
        </p>
      )}
      {onRetry && (
        <p>
          <Button size="small" onPress={onRetry}>
            Try again
          </Button>
        </p>
      )}
    </div>
  );
}

export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…)]$/.test(first) ? first : `${first}.`;
}
