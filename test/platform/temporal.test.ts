import { afterEach, describe, expect, test, vi } from 'vitest';
import { SetupError } from '../../src/platform/errors.ts';
import { loadTemporalConfig } from '../../src/platform/temporal.ts';

const load = () => loadTemporalConfig({ temporalPayloadKeys: [] });

afterEach(() => vi.unstubAllEnvs());

describe("Temporal's environment configuration", () => {
  test('gives address and namespace', () => {
    vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example.com:7233');
    vi.stubEnv('TEMPORAL_NAMESPACE', 'invoices');
    expect(load()).toMatchObject({
      connection: { address: 'temporal.example.com:7233' },
      namespace: 'invoices',
    });
  });

  test('with an address that has a scheme is refused, naming the setting, the value and what it wants', () => {
    vi.stubEnv('TEMPORAL_ADDRESS', 'http://temporal:7233');
    expect(load).toThrow(SetupError);
    expect(load).toThrow(/TEMPORAL_ADDRESS must be host:port .* got "http:\/\/temporal:7233"/);
  });

  test('with a file that is not there is refused in plain words', () => {
    vi.stubEnv('TEMPORAL_CONFIG_FILE', '/no/such/file.toml');
    vi.stubEnv('TEMPORAL_PROFILE', 'nobody');
    expect(load).toThrow(SetupError);
    expect(load).toThrow(/TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE/);
  });
});
