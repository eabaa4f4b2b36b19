import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { severities } from '../../../src/operations/doctor/codes.ts';

test('docs/doctor.md lists each code with its severity, and no other', async () => {
  const text = await readFile('docs/doctor.md', 'utf8');
  const listed = [...text.matchAll(/^\| `([A-Z_]+)` \| (\w+) \|/gm)].map(([, code, severity]) => [
    code,
    severity,
  ]);
  expect(Object.fromEntries(listed)).toEqual(severities);
  expect(listed).toHaveLength(Object.keys(severities).length);
});
