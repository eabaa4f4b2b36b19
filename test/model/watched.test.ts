import { describe, expect, test } from 'vitest';
import { search } from './search.ts';
import { mutations } from './watched/mutations.ts';
import { watchedProtocol } from './watched/watched-protocol.ts';
import { settings } from './watched/worlds.ts';

describe('the protocol of watched jobs', () => {
  test.each(Object.values(settings))(
    'is safe and can always end, with $name',
    ({ protocol, world }) => {
      const found = search(watchedProtocol(protocol, world));
      expect(found.counterexample).toBeUndefined();
      expect(found).toMatchSnapshot();
    },
    600_000,
  );

  test.each(mutations)('breaks with $name', ({ setting, without }) => {
    const found = search(watchedProtocol({ ...setting.protocol, ...without }, setting.world));
    expect(found.counterexample).toBeDefined();
    expect(found.counterexample).toMatchSnapshot();
  });
});
