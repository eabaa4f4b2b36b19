import { describe, expect, test } from 'vitest';
import { createTemporalClient } from '../../src/platform/temporal.ts';
import { workflowIdOf } from '../../src/queues/definition.ts';
import { searchAttributes } from '../../src/queues/search-attributes.ts';
import { priorityKeyOf, searchAttributesOf } from '../../src/starter/start-options.ts';
import { lettersQueue } from '../support/letters/queue.ts';

describe('the workflow id of a job', () => {
  test('is the job id where ids are UUIDs', () => {
    const id = '7d0c6c3e-8d0b-4a58-9d7e-0d5a7c8b9e10';
    expect(workflowIdOf({ name: 'letters', idType: 'uuid' }, id)).toBe(id);
  });

  test('has the name of the queue before it where two queues could have the same id', () => {
    expect(workflowIdOf({ name: 'builds', idType: 'bigint' }, '7')).toBe('builds:7');
  });
});

test.each([
  [-1000, 1],
  [-10, 1],
  [-1, 2],
  [0, 3],
  [1, 4],
  [9, 4],
  [10, 5],
  [1000, 5],
])('a row of priority %i goes to Temporal with priority key %i', (priority, key) => {
  expect(priorityKeyOf(priority)).toBe(key);
});

test.each([
  ['off', []],
  ['names', ['SwitchyardQueue', 'SwitchyardName']],
  ['all', ['SwitchyardQueue', 'SwitchyardName', 'SwitchyardDatabase']],
] as const)('with SEARCH_ATTRIBUTES=%s a workflow carries %j', async (choice, names) => {
  const client = createTemporalClient(
    { connection: {}, namespace: 'default', dataConverter: {}, searchAttributes: choice },
    'test',
  );
  const queue = { ...lettersQueue(), database: crypto.randomUUID() };
  const given = searchAttributesOf(client, queue, { id: '1', label: 'a letter' });
  expect(given.getAll().map(({ key }) => key.name)).toEqual(names);
  if (choice !== 'off') expect(given.get(searchAttributes.name)).toBe('a letter');
  await client.connection.close();
});
