import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SetupError } from '../../src/platform/errors.ts';
import { ensureSearchAttributes } from '../../src/platform/search-attributes.ts';
import { createTemporalClient, loadTemporalConfig } from '../../src/platform/temporal.ts';

const load = () => loadTemporalConfig({ temporalPayloadKeys: [] });

afterEach(() => vi.unstubAllEnvs());

describe("Temporal's environment configuration", () => {
  test('gives address and namespace', () => {
    vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example.com:7233');
    vi.stubEnv('TEMPORAL_NAMESPACE', 'letters');
    expect(load()).toMatchObject({
      connection: { address: 'temporal.example.com:7233' },
      namespace: 'letters',
    });
  });

  test('with an address that has a scheme is refused, naming the setting, the value and what it wants', () => {
    vi.stubEnv('TEMPORAL_ADDRESS', 'http://temporal:7233');
    expect(load).toThrow(SetupError);
    expect(load).toThrow(/TEMPORAL_ADDRESS must be host:port .* got "http:\/\/temporal:7233"/);
  });

  test('treats an empty variable as not set', () => {
    for (const name of ['TEMPORAL_CONFIG_FILE', 'TEMPORAL_PROFILE', 'TEMPORAL_NAMESPACE', 'TEMPORAL_API_KEY'])
      vi.stubEnv(name, '');
    expect(load()).toMatchObject({ namespace: 'default', connection: { apiKey: undefined, tls: undefined } });
  });

  test.each(['', '# nothing yet', 'profiles = 1'])(
    'with a file that holds %j is refused, naming the file',
    async (content) => {
      const folder = await mkdtemp(join(tmpdir(), 'temporal-config-'));
      const file = join(folder, 'temporal.toml');
      await writeFile(file, content);
      vi.stubEnv('TEMPORAL_CONFIG_FILE', file);
      expect(load).toThrow(SetupError);
      expect(load).toThrow(
        `the file ${JSON.stringify(file)} has no profile; write [profile.default] into it`,
      );
      await rm(folder, { recursive: true });
    },
  );

  test('with a file that is not there is refused in plain words', () => {
    vi.stubEnv('TEMPORAL_CONFIG_FILE', '/no/such/file.toml');
    vi.stubEnv('TEMPORAL_PROFILE', 'nobody');
    expect(load).toThrow(SetupError);
    expect(load).toThrow(/TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE/);
  });
});

test('a server that cannot list its search attributes is given all of them', async () => {
  const added: unknown[] = [];
  const operatorService = {
    listSearchAttributes: async () => {
      throw Object.assign(new Error('unimplemented'), { code: 12, details: '', metadata: {} });
    },
    addSearchAttributes: async ({ searchAttributes }: { searchAttributes: object }) => {
      added.push(...Object.keys(searchAttributes));
    },
  };
  const client = { connection: { operatorService }, options: { namespace: 'default' } };
  await ensureSearchAttributes(client as unknown as Client, ['Colour', 'Size']);
  expect(added).toEqual(['Colour', 'Size']);
});

describe('the connection of a client', () => {
  const channelOf = (channelArgs?: Record<string, number>) => {
    const connection = { address: '127.0.0.1:1', ...(channelArgs && { channelArgs }) };
    const client = createTemporalClient({ connection, namespace: 'letters', dataConverter: {} }, 'test');
    return (client.connection as Connection).options.channelArgs;
  };

  test('is tried again within seconds, however long Temporal was away', () => {
    expect(channelOf()['grpc.max_reconnect_backoff_ms']).toBeLessThanOrEqual(5_000);
  });

  test('keeps what the configuration says of it', () => {
    expect(channelOf({ 'grpc.max_reconnect_backoff_ms': 60_000 })['grpc.max_reconnect_backoff_ms']).toBe(
      60_000,
    );
  });
});
