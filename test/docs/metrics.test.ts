import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { metrics } from '../../src/platform/metrics.ts';
import '../../src/activities/systems/systems.ts';
import '../../src/platform/database-metrics.ts';
import '../../src/platform/queue-metrics.ts';

const page = readFileSync('docs/metrics.md', 'utf8');
const dashboard = JSON.parse(readFileSync('deploy/grafana/dashboard.json', 'utf8')) as {
  panels: { title: string; targets?: { expr: string }[] }[];
};

/** The sections of docs/runbooks.md by the alerts that they are for. */
const runbooks = new Map(
  readFileSync('docs/runbooks.md', 'utf8')
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.split('\n', 1)[0] ?? '', section]),
);

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: Record<'summary' | 'description' | 'runbook_url', string>;
}
const rules: Rule[] = parse(readFileSync('deploy/prometheus/alerts.yml', 'utf8')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);

const families = metrics.getMetricsAsArray().filter(({ name }) => name.startsWith('switchyard_'));
const names = families.map(({ name }) => name).toSorted();
/** Prometheus adds these to the name of a histogram. */
const usedIn = (expression: string) =>
  [...expression.matchAll(/switchyard_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));

describe('docs/metrics.md', () => {
  test('has every family of metrics, and no other', () => {
    const documented = [...page.matchAll(/^\| `(switchyard_\w+)`/gm)].map(([, name]) => String(name));
    expect(documented.toSorted()).toEqual(names);
  });

  test('has the labels of each', () => {
    for (const family of families) {
      const { name, labelNames } = family as unknown as { name: string; labelNames: string[] };
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``));
      expect([name, row?.split('|')[2]?.trim()]).toEqual([name, labelNames.join(', ')]);
    }
  });
});

test('metrics are named as Prometheus wants them: seconds, and totals', async () => {
  for (const { name, type } of await metrics.getMetricsAsJSON()) {
    if (!name.startsWith('switchyard_')) continue;
    const kind = String(type);
    expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter']);
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
  }
});

test.each(rules.map((rule) => [rule.alert, rule] as const))(
  'the alert %s is of metrics that there are, and says what to do',
  (_, { alert, expr, labels, annotations }) => {
    expect(usedIn(expr).filter((name) => !names.includes(name))).toEqual([]);
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(Object.keys(annotations).toSorted()).toEqual(['description', 'runbook_url', 'summary']);
    expect(annotations.runbook_url).toBe(`docs/runbooks.md#${alert.toLowerCase()}`);
    expect(runbooks.get(alert)?.match(/\*\*(Means|Look|Do):\*\*/g)).toEqual([
      '**Means:**',
      '**Look:**',
      '**Do:**',
    ]);
  },
);

test('there is no runbook for an alert that is gone', () => {
  expect([...runbooks.keys()].toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
});

test('the dashboard shows metrics that there are, and every one of them', () => {
  const shown = dashboard.panels.flatMap(({ targets }) => targets ?? []).flatMap(({ expr }) => usedIn(expr));
  expect(shown.filter((name) => !names.includes(name))).toEqual([]);
  expect(names.filter((name) => !shown.includes(name) && !name.endsWith('removed_total'))).toEqual([]);
});
