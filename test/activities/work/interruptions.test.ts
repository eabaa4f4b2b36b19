import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DatabaseAway, rethrowDatabaseError } from '../../../src/activities/work/interruptions.ts';
import { KnownError } from '../../../src/platform/errors.ts';

test('an error of ours stays as it is, and any other of database work is an outage', () => {
  class Refused extends KnownError {}
  const ours = new Refused('no');
  expect(() => rethrowDatabaseError(ours)).toThrow(ours);
  expect(() => rethrowDatabaseError(new Error('Connection terminated unexpectedly'))).toThrow(DatabaseAway);
});

test('no error class of the activities can be taken for an outage of the database', () => {
  const folder = join(import.meta.dirname, '../../../src/activities');
  const files = globSync('**/*.ts', { cwd: folder });
  expect(files).toContain('work/interruptions.ts');
  const plain = files.flatMap(
    (file) => readFileSync(join(folder, file), 'utf8').match(/class \w+ extends Error\b/g) ?? [],
  );
  expect(plain).toEqual([]);
});
