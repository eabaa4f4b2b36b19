// `npm run helm-check`: the Helm chart, linted, rendered with each set of values and held against the schemas of Kubernetes, KEDA and the
// Prometheus operator. Builds Helm and kubeconform from their Go modules once, so Go must be installed.
// `npm run helm-check -- --server` then installs each set on an API server of Kubernetes, which it builds with its etcd once, too.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { installOn } from './install.ts';
import { kubernetesVersion, schemaLocation, writeSchemas } from './schemas.ts';
import { findHelmTools } from './tools.ts';

const chart = 'deploy/helm/switchyard';
const schemas = resolve(`node_modules/.cache/switchyard/kubernetes-${kubernetesVersion}-schemas`);
const say = (line: string) => void process.stdout.write(`${line}\n`);

const { helm, kubeconform } = await findHelmTools(say);
if (!existsSync(join(schemas, 'complete'))) {
  await writeSchemas(schemas);
  writeFileSync(join(schemas, 'complete'), '');
}
const folder = mkdtempSync(join(tmpdir(), 'switchyard-helm-'));
try {
  const rendered = globSync(`${chart}/values-*.yaml`).sort().map(checkWith);
  if (process.argv.includes('--server')) await installOn(folder, { helm, chart, rendered, say });
} finally {
  rmSync(folder, { recursive: true });
}

/** Answers where it is rendered. */
function checkWith(values: string): string {
  say(`▶ ${basename(values)}`);
  run(helm, ['lint', '--strict', '--quiet', '--kube-version', kubernetesVersion, '--values', values, chart]);
  const rendered = join(folder, basename(values));
  const set = ['--values', values, '--kube-version', kubernetesVersion, '--namespace', 'jobs'];
  writeFileSync(rendered, execFileSync(helm, ['template', 'switchyard', chart, ...set]));
  const location = ['-schema-location', schemaLocation(schemas)];
  run(kubeconform, ['-strict', '-summary', '-kubernetes-version', kubernetesVersion, ...location, rendered]);
  return rendered;
}

/** Its output is shown; a failure ends this process, with what the program said. */
function run(program: string, args: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: 'inherit' });
  } catch {
    process.exit(1);
  }
}
