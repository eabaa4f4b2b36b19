import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { pdfPart, upload } from '../../../../test/support/http.ts';
import { startTestApi, type TestApi } from '../../../../test/support/server-api.ts';

/**
 * Stands between a client and Postgres and breaks the connection at a COMMIT, the first `times` it sees one: before
 * it is forwarded, or after Postgres has answered it.
 */
async function startCuttingProxy(target: string, cut: 'before' | 'after', times: number) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let left = times;
  const server = createServer((client) => {
    const postgres = connect(Number(port), hostname);
    for (const socket of [client, postgres]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    const breakOff = () => {
      client.destroy();
      postgres.destroy();
    };
    client.on('close', breakOff);
    postgres.on('close', breakOff);
    let committing = false;
    client.on('data', (chunk) => {
      if (left > 0 && /COMMIT(?!TED)/.test(chunk.toString('latin1'))) {
        left -= 1;
        committing = true;
        if (cut === 'before') return breakOff();
      }
      postgres.write(chunk);
    });
    postgres.on('data', (chunk) => {
      if (committing) return breakOff();
      client.write(chunk);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('when the answer to COMMIT is lost', () => {
  let api: TestApi;
  let proxy: Awaited<ReturnType<typeof startCuttingProxy>>;
  const start = async (cut: 'before' | 'after', times: number) => {
    const databaseUrl = async (real: string) => {
      proxy = await startCuttingProxy(real, cut, times);
      return proxy.url;
    };
    api = await startTestApi({ databaseUrl });
  };
  afterEach(async () => {
    await api.close();
    proxy.close();
  });

  test.each(['before', 'after'] as const)(
    '%s it took effect, the upload still makes one job',
    async (cut) => {
      await start(cut, 1);
      const answer = await upload(api, [pdfPart()]);
      expect(answer.status).toBe(202);
      expect(await api.countJobs()).toBe(1);
      expect(await api.uploads()).toEqual([`${String(answer.json()['id'])}.pdf`]);
    },
  );

  test('with an Idempotency-Key, the job is the request’s own, not a repetition', async () => {
    await start('after', 1);
    const answer = await upload(api, [pdfPart()], { 'idempotency-key': 'k' });
    expect(answer.status).toBe(202);
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
    expect(await api.countJobs()).toBe(1);
    expect(await api.uploads()).toEqual([`${String(answer.json()['id'])}.pdf`]);
  });

  test('again and again, the answer is 503 and a job that was made keeps its file', async () => {
    await start('after', 2);
    const answer = await upload(api, [pdfPart()]);
    expect(answer.status).toBe(503);
    const { rows } = await api.pool.query<{ upload_path: string }>('SELECT upload_path FROM jobs');
    expect(rows).toHaveLength(1);
    expect(await api.uploads()).toEqual(rows.map((row) => row.upload_path));
  });
});
