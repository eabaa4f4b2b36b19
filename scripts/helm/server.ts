import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { sleep } from 'pg-switchyard';
import { startChild } from '../../server/dev/child.ts';
import { freePort } from '../../server/dev/ports.ts';
import { findServerPrograms } from './server-programs.ts';

const withinMs = 180_000;

/** An API server of Kubernetes on an etcd of its own, without nodes: it takes or refuses what it is sent. */
export interface KubernetesServer {
  /** For Helm. */
  kubeconfig: string;
  post(path: string, body: string, contentType?: string): Promise<{ status: number; text: string }>;
  stop(): Promise<void>;
}

/** `folder` holds its data, its logs and its certificates. */
export async function startKubernetes(
  folder: string,
  say: (line: string) => void,
): Promise<KubernetesServer> {
  const programs = await findServerPrograms(say);
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomUUID();
  const start = (name: string, command: string, args: readonly string[]) =>
    startChild({
      command,
      args,
      env: { PATH: process.env['PATH'], HOME: folder },
      logFile: join(folder, `${name}.log`),
      stopSignal: 'SIGTERM',
      orphanSignal: 'SIGKILL',
      cwd: folder,
    });
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcd = await start('etcd', programs.etcd, [
    `--data-dir=${join(folder, 'etcd')}`,
    ...[`--listen-client-urls=${etcdUrl}`, `--advertise-client-urls=${etcdUrl}`],
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
  ]);
  execFileSync('openssl', ['genrsa', '-out', join(folder, 'accounts.key'), '2048'], { stdio: 'pipe' });
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`);
  const server = await start('kube-apiserver', programs.apiServer, [
    ...[`--etcd-servers=${etcdUrl}`, `--secure-port=${port}`, '--bind-address=127.0.0.1'],
    ...[
      '--advertise-address=10.0.0.1',
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/16',
    ],
    ...[
      `--cert-dir=${join(folder, 'certificates')}`,
      '--token-auth-file=tokens.csv',
      '--authorization-mode=AlwaysAllow',
    ],
    '--service-account-issuer=https://kubernetes.default.svc',
    ...['--service-account-key-file=accounts.key', '--service-account-signing-key-file=accounts.key'],
    // There is no controller that makes accounts.
    '--disable-admission-plugins=ServiceAccount',
  ]);
  const ask = (method: string, path: string, body?: string, type?: string) =>
    send({
      method,
      port,
      path,
      token,
      ...(body !== undefined && { body }),
      ...(type !== undefined && { type }),
    });
  const stop = async () => {
    await server.stop(20_000);
    await etcd.stop(10_000);
  };
  try {
    await untilReady(() => ask('GET', '/readyz'), join(folder, 'kube-apiserver.log'));
  } catch (error) {
    await stop();
    throw error;
  }
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(configOf(port, token)));
  return { kubeconfig, post: (path, body, type = 'application/json') => ask('POST', path, body, type), stop };
}

const configOf = (port: number, token: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [
    { name: 'own', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
  ],
  users: [{ name: 'admin', user: { token } }],
  contexts: [{ name: 'own', context: { cluster: 'own', user: 'admin' } }],
  'current-context': 'own',
});

interface Call {
  method: string;
  port: number;
  path: string;
  token: string;
  body?: string;
  type?: string;
}

function send({ method, port, path, token, body, type }: Call): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const headers = { authorization: `Bearer ${token}`, ...(type !== undefined && { 'content-type': type }) };
    // It signs its certificate itself, at each start.
    const call = request(
      { host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, text }));
      },
    );
    call.on('error', fail).end(body);
  });
}

async function untilReady(ask: () => Promise<{ status: number }>, logFile: string): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < withinMs) {
    const ready = await ask().then(
      ({ status }) => status === 200,
      () => false, // it does not listen yet
    );
    if (ready) return;
    await sleep(500, new AbortController().signal);
  }
  throw new Error(`kube-apiserver is not ready within ${withinMs / 1000} s; see ${logFile}`);
}
