import { execFile } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keepProgram } from '../../server/dev/fetched-program.ts';
import { downloadGoModule } from '../../server/dev/go-module.ts';
import { kubernetes, kubernetesVersion } from './schemas.ts';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../node_modules/.cache/switchyard/', import.meta.url));
const etcd = { module: 'go.etcd.io/etcd/server/v3', version: 'v3.7.3' };

/** etcd and the API server of Kubernetes, built by Go once. That takes some 10 minutes of one core. */
export async function findServerPrograms(say: (line: string) => void) {
  const programs = {
    etcd: join(cache, `etcd-${etcd.version}`),
    apiServer: join(cache, `kube-apiserver-${kubernetesVersion}`),
  };
  await build(programs.etcd, say, { ...etcd, goPackage: etcd.module, replacements: [], flags: '' });
  await build(programs.apiServer, say, {
    ...kubernetes,
    goPackage: 'k8s.io/kubernetes/cmd/kube-apiserver',
    replacements: await staged(),
    flags: `-X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  });
  return programs;
}

/** The parts of Kubernetes that are published as modules of their own: its own go.mod names folders for them. */
async function staged(): Promise<string[]> {
  const text = await readFile(join(await downloadGoModule(kubernetes), 'go.mod'), 'utf8');
  const version = kubernetes.version.replace('v1', 'v0');
  return [...text.matchAll(/^\s+(k8s\.io\/\S+) => \.\/staging/gm)].map(
    ([, name]) => `${name} => ${name} ${version}`,
  );
}

interface Source {
  module: string;
  version: string;
  goPackage: string;
  replacements: readonly string[];
  flags: string;
}

/** In a module of its own: those of programs with replacements cannot be built from outside. */
async function build(path: string, say: (line: string) => void, source: Source): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  say(`building ${source.goPackage} ${source.version} (once)`);
  await keepProgram(path, async (folder) => {
    const { module, version, goPackage, replacements, flags } = source;
    const lines = ['module programs', 'go 1.26.0', `require ${module} ${version}`];
    await writeFile(
      join(folder, 'go.mod'),
      [...lines, ...replacements.map((one) => `replace ${one}`)].join('\n'),
    );
    await writeFile(
      join(folder, 'tools.go'),
      `//go:build tools\n\npackage tools\n\nimport _ "${goPackage}"\n`,
    );
    const options = { cwd: folder, env: { ...process.env, GOFLAGS: '-mod=mod' }, maxBuffer: 1e8 };
    await run('go', ['mod', 'tidy'], options);
    await run('go', ['build', '-trimpath', `-ldflags=-s -w ${flags}`, '-o', 'program', goPackage], options);
    return join(folder, 'program');
  });
}
