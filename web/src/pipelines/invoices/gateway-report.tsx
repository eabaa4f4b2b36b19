import type { GatewayReport } from './queries.ts';

/** What the gateway said of a result: what it left out, and what the official rules of EN 16931 say of it. */
export function GatewayReportView({ report }: { report: GatewayReport }) {
  const { warnings = [], validation } = report;
  return (
    <ul className="gateway-report" aria-label="What the gateway said">
      {warnings.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
      {validation && 'notChecked' in validation && (
        <li>Not checked by the rules of EN 16931: {validation.notChecked}</li>
      )}
      {validation && 'rules' in validation && (
        <li>
          {validation.passed ? 'Passes' : 'Breaks'} the rules of {validation.rules}, as {validation.syntax}
          {validation.findings.length > 0 && (
            <ul>
              {validation.findings.map(({ rule, level, place, text }) => (
                <li key={`${rule} ${place}`}>
                  {level === 'error' ? 'Error' : 'Warning'}: {text}
                </li>
              ))}
            </ul>
          )}
        </li>
      )}
    </ul>
  );
}
