import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Demo } from './demo.ts';

const run = promisify(execFile);

const repositoryOf = (folder: string) => join(folder, 'site');

const buildScript = `set -e
mkdir dist
sed "s/COMMIT/$BUILD_COMMIT/" page.html > dist/index.html
echo "built $BUILD_COMMIT"
`;
const page = `<!doctype html>
<title>Built by Switchyard</title>
<h1>It is live</h1>
<p>Commit COMMIT was fetched, built, packed and deployed.</p>
`;

/** A git repository with a web page is built, and deployed to two environments that wait for the build. */
export const demo: Demo = {
  queues: ['builds', 'deployments'],

  async prepare(folder) {
    const repository = repositoryOf(folder);
    await rm(repository, { recursive: true, force: true });
    await mkdir(repository, { recursive: true });
    await writeFile(join(repository, 'page.html'), page);
    await writeFile(join(repository, 'build.sh'), buildScript);
    const git = (...args: string[]) =>
      run('git', ['-C', repository, '-c', 'user.name=Demo', '-c', 'user.email=demo@example.org', ...args]);
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git('commit', '--quiet', '--message=A page');
    return {
      BUILD_LOCAL_ROOTS: folder,
      BUILD_ROOT: join(folder, 'builds'),
      DEPLOY_ROOT: join(folder, 'deployments'),
    };
  },

  inserts: (folder) => [
    `WITH build AS (
  INSERT INTO builds (repository, branch) VALUES ('${repositoryOf(folder).replaceAll("'", "''")}', 'main') RETURNING id)
INSERT INTO deployments (build_id, environment) SELECT id, unnest(ARRAY['staging', 'production']) FROM build;`,
  ],

  watch: `SELECT 'build ' || id AS task, status, left(commit_hash, 12) AS commit, error FROM builds
 WHERE id = (SELECT max(id) FROM builds)
UNION ALL
SELECT 'to ' || environment, status, NULL, error FROM deployments WHERE build_id = (SELECT max(id) FROM builds)
 ORDER BY task`,

  progress: `SELECT count(*) FILTER (WHERE status IN ('pending', 'ongoing')) AS pending,
       count(*) FILTER (WHERE status IN ('failed', 'canceled')) AS failed
  FROM (SELECT status FROM builds UNION ALL SELECT status FROM deployments) AS tasks`,

  after: async (folder) => [
    '',
    'Open what is live in a browser:',
    `  file://${join(folder, 'deployments/production/current/index.html')}`,
    `The log and the artifact of each build lie in ${join(folder, 'builds')}.`,
    'Who did what:  SELECT at, action, who, task_id FROM switchyard.audit_entries ORDER BY id;',
  ],
};
