import { describe, expect, test } from 'vitest';
import { claimProtocol } from './claim-protocol.ts';
import { limitDesign, limitMutations, limitProtocol } from './limit.ts';
import { mutations } from './mutations.ts';
import { search } from './search.ts';
import { settings } from './worlds.ts';

describe('the claim protocol', () => {
  test.each(Object.values(settings))(
    'is safe and can always end, with $name',
    ({ protocol, world }) => {
      const found = search(claimProtocol(protocol, world));
      expect(found.counterexample).toBeUndefined();
      expect(found).toMatchSnapshot();
    },
    600_000,
  );

  test.each(mutations)('breaks with $name', ({ setting, without }) => {
    const found = search(claimProtocol({ ...setting.protocol, ...without }, setting.world));
    expect(found.counterexample).toBeDefined();
    expect(found.counterexample).toMatchSnapshot();
  });
});

describe('the limit in flight', () => {
  test('holds over two starters, and both jobs can always end', () => {
    const found = search(limitProtocol(limitDesign));
    expect(found.counterexample).toBeUndefined();
    expect(found).toMatchSnapshot();
  });

  test.each(limitMutations)('breaks with $name', ({ without }) => {
    const found = search(limitProtocol({ ...limitDesign, ...without }));
    expect(found.counterexample).toBeDefined();
    expect(found.counterexample).toMatchSnapshot();
  });
});
