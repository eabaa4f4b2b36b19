import { expect, test } from 'vitest';
import { allowedRepository } from '../repository.ts';

const rules = {
  addresses: ['https://git.example.org', 'ssh://git.example.org', 'http://git.example.org:8080'],
  localRoots: [],
};

test.each([
  ['https://git.example.org/a.git', 'https'],
  ['ssh://git@git.example.org/a.git', 'ssh'],
  ['http://git.example.org:8080/a.git', 'http'],
] as const)('%s may be fetched, by %s alone', async (address, protocol) => {
  expect(await allowedRepository(address, rules)).toEqual({ address, protocol });
});

test.each([
  ['another port', 'https://git.example.org:8443/a.git'],
  ['another scheme', 'http://git.example.org/a.git'],
  ['a host that begins like one', 'https://git.example.org.evil.example/a.git'],
  ['a password', 'https://me:secret@git.example.org/a.git'],
  ['a token for a user', 'https://secret@git.example.org/a.git'],
  ['a password over ssh', 'ssh://git:secret@git.example.org/a.git'],
  ['an option for a user', 'ssh://-oProxyCommand=secret@git.example.org/a.git'],
  ['a query', 'https://git.example.org/a.git?private_token=secret'],
  ['a fragment', 'https://git.example.org/a.git#secret'],
  ['the short form of ssh', 'git@git.example.org:secret/a.git'],
  ['a transport that runs programs', 'ext::sh -c secret'],
])('an address with %s is refused, and not told', async (_, address) => {
  await expect(allowedRepository(address, rules)).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    retryable: false,
    message: expect.not.stringContaining('secret'),
  });
});
