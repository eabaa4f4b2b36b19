import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { list } from 'tar';
import { completeRows, type EndedRow, type Load, type Places } from '../load.ts';
import { duplicated, illegal, type Problem } from '../problem.ts';
import { definitionOf } from '../settings.ts';
import { factsOf, readIfThere } from './files.ts';
import { git } from './git.ts';

const repositoryOf = ({ folder }: Places) => join(folder, 'repositories', 'site');
const folder = 'builds';

/** What is built says of which commit it is, and by which build. */
const script = `set -e
mkdir dist
sleep 0.3
echo "$BUILD_COMMIT" > dist/commit
echo "$BUILD_ID" > dist/build
`;

/** Two branches of one small repository, of which one cannot be built; the variants are the branches. */
export const builds: Load = {
  queue: definitionOf('builds'),
  weight: 6,
  variants: {
    main: { weight: 90 },
    broken: { weight: 5, fails: 'BUILD_FAILED' },
    'not-there': { weight: 5, fails: 'CLONE_FAILED' },
  },
  faultCodes: ['IO_ERROR'],
  fullDiskCodes: ['BUILD_FAILED', 'CLONE_FAILED'],

  async prepare(places) {
    const repository = repositoryOf(places);
    await mkdir(repository, { recursive: true });
    await git(repository, 'init', '--quiet', '--initial-branch=main');
    for (const [branch, text] of [
      ['main', script],
      ['broken', 'exit 1\n'],
    ] as const) {
      await git(repository, 'checkout', '--quiet', '-B', branch);
      await writeFile(join(repository, 'build.sh'), text);
      await git(repository, 'add', '--all');
      await git(repository, 'commit', '--quiet', `--message=${branch}`);
    }
    return { BUILD_LOCAL_ROOTS: join(places.folder, 'repositories'), BUILD_ROOT: join(places.disk, folder) };
  },

  async insert(tx, { id, variant }, places) {
    await tx.query(
      `INSERT INTO builds (id, repository, branch) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3)
       ON CONFLICT (id) DO NOTHING`,
      [id, repositoryOf(places), variant],
    );
  },

  async judge(remains) {
    const head = await git(repositoryOf(remains.places), 'rev-parse', 'main');
    const problems = completeRows(remains).map((row) => judgeArtifact(row, head, remains.places));
    return (await Promise.all(problems)).flat();
  },
};

async function judgeArtifact(
  { job, id, fields }: EndedRow,
  head: string,
  places: Places,
): Promise<Problem[]> {
  const path = join(places.stored, folder, String(fields['artifact_path']));
  const content = await readIfThere(path);
  if (content === undefined) return [illegal(`job ${job} is complete, and its artifact is missing`)];
  const { bytes, sha256 } = factsOf(content);
  if (bytes !== fields['artifact_bytes'] || sha256 !== fields['artifact_sha256'])
    return [duplicated(`job ${job}: its row and its artifact are of different builds`)];
  const told = await textsIn(path);
  if (told['commit'] === head && fields['commit_hash'] === head && told['build'] === id) return [];
  return [
    illegal(`job ${job}, of commit ${fields['commit_hash']}: its artifact says ${JSON.stringify(told)}`),
  ];
}

/** The files of an artifact by their names. */
async function textsIn(path: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  await list({
    file: path,
    onReadEntry: (entry) => {
      const name = entry.path.replace(/^\.\//, '');
      entry.on('data', (chunk) => {
        texts[name] = `${texts[name] ?? ''}${chunk}`.trimEnd();
      });
    },
  });
  return texts;
}
