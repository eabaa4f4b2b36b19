import type { Step } from './queries.ts';

const words: Record<Step['state'], string> = {
  done: 'done',
  current: 'now',
  failed: 'failed here',
  next: 'next',
};
const signs: Record<Step['state'], string> = { done: '✓', current: '▸', failed: '✕', next: '○' };

/** The steps of a plan: what is done, what is now and what comes next. */
export function PlanSteps({ plan }: { plan: readonly Step[] }) {
  if (plan.length === 0) return <p className="muted">The plan cannot be read.</p>;
  return (
    <ol className="plan">
      {plan.map((step) => (
        <li
          key={step.id}
          data-state={step.state}
          aria-current={step.state === 'current' ? 'step' : undefined}
        >
          <span className="sign" aria-hidden="true">
            {signs[step.state]}
          </span>
          <span className="what">
            <strong>{step.id}</strong>{' '}
            {step.kind === 'question' ? <span>asks: {step.what}</span> : <code>{step.what}</code>}
          </span>
          <span className="muted small nowrap">{words[step.state]}</span>
        </li>
      ))}
    </ol>
  );
}
