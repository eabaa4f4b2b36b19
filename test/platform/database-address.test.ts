import { describe, expect, test } from 'vitest';
import { passwordsIn, readDatabaseAddress, withoutPassword } from '../../src/platform/database-address.ts';
import { createRedaction } from '../../src/platform/redaction.ts';

describe('the address of a database', () => {
  test.each([
    ['postgres://a/x', ['postgres://a/x'], undefined],
    ['postgresql://u:p%40@a:1/x?sslmode=disable', ['postgresql://u:p%40@a:1/x?sslmode=disable'], undefined],
    ['postgres://a:1,b:2/x', ['postgres://a:1/x', 'postgres://b:2/x'], 'read-write'],
    [
      'postgres://u:p@a:1,[::1]:2,c/x?target_session_attrs=primary',
      ['a:1', '[::1]:2', 'c'].map((host) => `postgres://u:p@${host}/x?target_session_attrs=primary`),
      'primary',
    ],
    [
      'postgres:///x?host=a,b&port=1,2',
      ['postgres:///x?host=a&port=1', 'postgres:///x?host=b&port=2'],
      'read-write',
    ],
    [
      'postgres:///x?host=a,b&port=5',
      ['postgres:///x?host=a&port=5', 'postgres:///x?host=b&port=5'],
      'read-write',
    ],
    ['postgres://u@/x?host=/run/postgresql', ['postgres://u@/x?host=%2Frun%2Fpostgresql&port='], undefined],
    [
      'postgres://a/x?target_session_attrs=read-write',
      ['postgres://a/x?target_session_attrs=read-write'],
      'read-write',
    ],
  ])('%s', (address, hosts, wants) => {
    expect(readDatabaseAddress(address)).toEqual({ hosts, wants });
  });

  test.each([
    'mysql://a/x',
    'a:5432',
    'postgres://a:x/y',
    'postgres://a:1,b:x/y',
    'postgres:///x?host=a,b,c&port=1,2',
    'postgres://a,b/x?target_session_attrs=standby',
  ])('is not %s', (address) => {
    expect(readDatabaseAddress(address)).toBeUndefined();
  });

  test.each([
    'postgres://u:s3cr%2Fet-word-of-1@a:1,b:2/x?target_session_attrs=any',
    'postgres://u@a,b/x?sslmode=require&password=s3cr%2Fet-word-of-1&port=1,2',
  ])('shows its password nowhere: %s', (address) => {
    expect(passwordsIn(address)).toEqual(
      expect.arrayContaining(['s3cr%2Fet-word-of-1', 's3cr/et-word-of-1']),
    );
    expect(createRedaction([])(`cannot connect to "${address}"`)).not.toContain('s3cr');
    expect(withoutPassword(address)).not.toContain('s3cr');
  });
});
