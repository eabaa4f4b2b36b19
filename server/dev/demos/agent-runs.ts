import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Demo } from './demo.ts';

const run = promisify(execFile);
const server = fileURLToPath(new URL('../../../examples/mcp-notes.ts', import.meta.url));
const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url));

const repositoryOf = (folder: string) => join(folder, 'repository');
const note = (id: string, text: string) => ({
  id,
  server: 'notes',
  tool: 'add_note',
  arguments: { title: 'plan', text },
});
const count = { id: 'count', server: 'notes', tool: 'count_words' };
const asks = {
  id: 'approve',
  ask: 'Which words go out?',
  schema: { properties: { words: { type: 'string' } }, required: ['words'] },
};
const answered = {
  id: 'publish',
  server: 'notes',
  tool: 'add_note',
  arguments: { title: 'plan', text: { $answer: 'approve.words' } },
};

const insert = (lane: string, plan: readonly unknown[]) => `INSERT INTO ops.runs (session_id, lane, plan)
VALUES ('demo', '${lane}', '${JSON.stringify(plan)}');`;

/** Three runs in two lanes write notes into a real repository; one of them asks, and goes on with the answer. */
export const demo: Demo = {
  async prepare(folder, { mcpServers, commandReadable }) {
    const repository = repositoryOf(folder);
    await access(join(repository, '.git')).catch(() => createRepository(repository));
    return {
      AGENT_REPOSITORY: repository,
      AGENT_WORKSPACES: join(folder, 'workspaces'),
      COMMAND_READABLE: [...commandReadable, process.execPath, server, packages].join(),
      MCP_SERVERS: JSON.stringify({
        notes: { command: process.execPath, args: [server] },
        ...Object.fromEntries(mcpServers),
      }),
    };
  },

  inserts: () => [
    insert('A', [note('first', 'written by the first run'), count]),
    insert('A', [note('second', 'written by the second run of the lane')]),
    insert('B', [note('draft', 'a draft'), asks, answered]),
  ],

  watch: `SELECT left(id::text, 8) AS run, lane, status, answer -> 'value' ->> 'words' AS answer, error
  FROM ops.runs WHERE session_id = 'demo' ORDER BY created_at DESC LIMIT 3`,

  question: {
    queue: 'agent-runs',
    waiting: `SELECT id::text, question ->> 'message' AS message FROM ops.runs
 WHERE session_id = 'demo' AND status = 'waiting_input' AND answer IS NULL`,
    answer: `UPDATE ops.runs SET answer = '{"step": "approve", "value": {"words": "approved by SQL"}}' WHERE status = 'waiting_input'`,
  },

  progress: `SELECT count(*) FILTER (WHERE status IN ('queued', 'running', 'waiting_input')) AS pending,
       count(*) FILTER (WHERE status IN ('failed', 'canceled')) AS failed
  FROM ops.runs WHERE session_id = 'demo'`,

  after: async (folder, pool) => {
    const { rows } = await pool.query<{ commit: string }>(
      `SELECT result ->> 'commit' AS commit FROM ops.runs WHERE session_id = 'demo' AND status = 'succeeded'`,
    );
    const commits = rows.map(({ commit }) => commit);
    const log = await run('git', [
      '-C',
      repositoryOf(folder),
      'log',
      '--ignore-missing',
      '--format=%h %D %s',
      ...commits,
    ]);
    return [
      '',
      'The commits of the runs, to which the branches of their lanes go:',
      log.stdout.trimEnd(),
      '',
      `The repository is ${repositoryOf(folder)}; logs, diffs and manifests lie in agent-runs/ below the results.`,
    ];
  },
};

async function createRepository(repository: string): Promise<void> {
  const author = ['-c', 'user.name=demo', '-c', 'user.email=demo@localhost'];
  await run('git', ['init', '--quiet', '--initial-branch', 'main', repository]);
  await run('git', [
    '-C',
    repository,
    ...author,
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    'The beginning',
  ]);
}
