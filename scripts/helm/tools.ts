import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepProgram } from '../../server/dev/fetched-program.ts';
import { buildGoProgram, type GoModule } from '../../server/dev/go-module.ts';

const cache = fileURLToPath(new URL('../../node_modules/.cache/switchyard/', import.meta.url));

const helm: GoModule = {
  module: 'helm.sh/helm/v3',
  version: 'v3.22.0',
  sum: 'h1:n1if5iQgHYsujPAcO5oonH/KiSNUmqmUF0iGVjSF3AU=',
};
const kubeconform: GoModule = {
  module: 'github.com/yannh/kubeconform',
  version: 'v0.8.0',
  sum: 'h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug=',
};

/** Where `npm run helm-check` keeps the Helm that it built. */
export const helmProgram = join(cache, `helm-${helm.version}`);

/** Helm and kubeconform, built from their Go modules once. That takes some 4 minutes of one core. */
export async function findHelmTools(say: (line: string) => void) {
  return {
    helm: await built(helm, './cmd/helm', helmProgram, say),
    kubeconform: await built(
      kubeconform,
      './cmd/kubeconform',
      join(cache, `kubeconform-${kubeconform.version}`),
      say,
    ),
  };
}

async function built(source: GoModule, goPackage: string, path: string, say: (line: string) => void) {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  say(`building ${goPackage} of ${source.module} ${source.version} (once)`);
  await keepProgram(path, (folder) => buildGoProgram(source, goPackage, join(folder, 'program')));
  return path;
}
