import { describe, expect, test } from 'vitest';
import { readDatabaseEntry } from '../../../src/platform/database-list.ts';
import { loadEngineSettings } from '../../../src/settings/engine.ts';

const read = (DATABASES: string) => loadEngineSettings({ DATABASES }).databases;

describe('DATABASES', () => {
  test('lists databases by names, and those of a server by a pattern', () => {
    const [one, other, pattern] = [
      'postgres://u:p@db/a?sslmode=disable',
      'postgresql://db:1,db2:2/b',
      'postgres://db/tenant_*?application_name=x',
    ];
    expect(read(`acme=${one}\n  globex.eu=${other} ${pattern}`)).toEqual([
      { name: 'acme', url: one },
      { name: 'globex.eu', url: other },
      { pattern: 'tenant_*', url: pattern },
    ]);
  });

  test.each([
    ['an address without a name', 'postgres://db/one'],
    ['a name without an address', 'acme='],
    ['a name with a space in it', 'a b=postgres://db/one'],
    ['two of one name', 'a=postgres://db/one a=postgres://db/two'],
    ['another scheme', 'a=mysql://db/one'],
  ])('refuses %s, and shows no password', (_, list) => {
    expect(() => read(`${list} x=postgres://u:secret@db/x`)).toThrow(
      /DATABASES must be a list .*NAME=postgres:\/\/.*, got a value that is not shown/,
    );
  });

  test('takes a star only in the name of a database', () => {
    expect(readDatabaseEntry('postgres://*/one')).toBeUndefined();
    expect(readDatabaseEntry('postgres://db/a/b*')).toBeUndefined();
  });
});
