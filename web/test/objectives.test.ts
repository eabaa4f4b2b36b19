import { expect, test } from 'vitest';
import { objectivesText, readObjectives } from '../src/views/queue/objectives-text.ts';

test('objectives are written in seconds and percent, and read as they were', () => {
  const objectives = { waiting: { seconds: 10, part: 0.999 }, total: null };
  const text = objectivesText(objectives);
  expect(text).toEqual({
    waiting: { seconds: '10', percent: '99.9' },
    total: { seconds: '', percent: '99' },
  });
  expect(readObjectives(text)).toEqual({ objectives });
});

test.each([
  [{ seconds: '0', percent: '99' }, ['waiting seconds']],
  [{ seconds: 'soon', percent: '100' }, ['waiting seconds', 'waiting percent']],
])('%j is refused at its fields', (waiting, fields) => {
  const read = readObjectives({ waiting, total: { seconds: '', percent: '' } });
  expect(Object.keys('errors' in read ? read.errors : {})).toEqual(fields);
});
