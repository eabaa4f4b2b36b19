import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { resourceFolders } from './schemas.ts';
import { type KubernetesServer, startKubernetes } from './server.ts';

interface Resource {
  metadata: { name: string };
  spec?: { template?: { metadata: { labels: unknown }; spec: Record<string, unknown> } };
}

/**
 * Installs the chart with each of its sets of values on an API server of its own, and asks it about each pod by itself. The namespaces
 * enforce the pod security standard "restricted".
 * @throws when the server refuses any of it, with what it says
 */
export async function installOn(
  folder: string,
  options: { helm: string; chart: string; rendered: readonly string[]; say: (line: string) => void },
): Promise<void> {
  const { helm, chart, rendered, say } = options;
  const server = await startKubernetes(folder, say);
  try {
    await addDefinitions(server);
    for (const file of rendered) {
      const values = basename(file);
      const namespace = basename(values, '.yaml');
      await addNamespace(server, namespace);
      const args = [
        'install',
        'switchyard',
        chart,
        '--namespace',
        namespace,
        '--values',
        join(chart, values),
      ];
      execFileSync(helm, [...args, '--no-hooks', '--kubeconfig', server.kubeconfig], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const pods = await tryPods(server, namespace, await readFile(file, 'utf8'));
      say(`${values}: installed; ${pods} kinds of pods are allowed by the standard "restricted"`);
    }
  } finally {
    await server.stop();
  }
}

/** Of the resources of KEDA and the Prometheus operator. */
async function addDefinitions(server: KubernetesServer): Promise<void> {
  for (const folder of await resourceFolders())
    for (const file of await readdir(folder)) {
      if (!/_(scaledobjects|triggerauthentications|podmonitors|prometheusrules)\.yaml$/.test(file)) continue;
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      await create(server, path, await readFile(join(folder, file), 'utf8'), 'application/yaml');
    }
}

async function addNamespace(server: KubernetesServer, name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await create(server, '/api/v1/namespaces', JSON.stringify({ metadata: { name, labels } }));
}

/** No controller makes pods of the Deployments here, so each is sent as it would be made. */
async function tryPods(server: KubernetesServer, namespace: string, rendered: string): Promise<number> {
  let pods = 0;
  for (const document of parseAllDocuments(rendered)) {
    const { metadata, spec } = (document.toJS() ?? {}) as Resource;
    if (spec?.template?.spec === undefined) continue;
    const { serviceAccountName: _, ...own } = spec.template.spec;
    const pod = { metadata: { name: metadata.name, labels: spec.template.metadata.labels }, spec: own };
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All&fieldValidation=Strict`;
    await create(server, path, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...pod }));
    pods += 1;
  }
  return pods;
}

async function create(server: KubernetesServer, path: string, body: string, type?: string): Promise<void> {
  const { status, text } = await server.post(path, body, type);
  if (status !== 201) throw new Error(`the API server answered ${status} to ${path}: ${text.slice(0, 500)}`);
}
