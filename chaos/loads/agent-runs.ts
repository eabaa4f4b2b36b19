import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutDir } from '../../server/dev/roles.ts';
import { completeRows, type EndedRow, type Job, type Load, type Places, type Remains } from '../load.ts';
import { duplicated, illegal, type Problem } from '../problem.ts';
import { definitionOf } from '../settings.ts';
import { factsOf, readIfThere } from './files.ts';
import { git } from './git.ts';

const repositoryOf = ({ disk }: Places) => join(disk, 'agent-repository');
const server = join(checkoutDir, 'examples', 'mcp-notes.ts');

const note = (id: string, text: unknown) => ({
  id,
  server: 'notes',
  tool: 'add_note',
  arguments: { title: 'log', text },
});
/** No file system has a name so long. */
const fails = { ...note('final', ''), arguments: { title: 'x'.repeat(300), text: '' } };
const asks = {
  id: 'approve',
  ask: 'Which words go out?',
  schema: { properties: { words: { type: 'string' } }, required: ['words'] },
};
const draftOf = (id: string) => `draft of ${id}`;
const wordsOf = (id: string) => `words of ${id}`;

const plans: Record<string, (id: string) => { id: string; tool?: string }[]> = {
  writes: (id) => [note('draft', draftOf(id)), note('final', wordsOf(id))],
  asks: (id) => [note('draft', draftOf(id)), asks, note('final', { $answer: 'approve.words' })],
  'asks in vain': (id) => [note('draft', draftOf(id)), asks],
  'fails after a step': (id) => [note('draft', draftOf(id)), fails],
  'calls what is not there': (id) => [note('draft', draftOf(id)), { ...note('final', ''), tool: 'nothing' }],
};

/** Runs in a few lanes, each of which puts lines at the end of one file; every second one asks. */
export const agentRuns: Load = {
  queue: definitionOf('agent-runs'),
  weight: 6,
  variants: {
    writes: { weight: 40 },
    asks: { weight: 40, answered: true },
    'asks in vain': { weight: 10, fails: 'INPUT_TIMEOUT' },
    'fails after a step': { weight: 10, fails: 'TOOL_FAILED' },
    'calls what is not there': { weight: 5, fails: 'PLAN_INVALID' },
  },
  faultCodes: ['IO_ERROR'],
  fullDiskCodes: ['TOOL_FAILED'],

  async prepare(places) {
    const repository = repositoryOf(places);
    await mkdir(repository);
    await git(repository, 'init', '--quiet', '--initial-branch=main');
    await git(repository, 'commit', '--quiet', '--allow-empty', '--message=The beginning');
    return {
      AGENT_REPOSITORY: repository,
      AGENT_WORKSPACES: join(places.disk, 'agent-workspaces'),
      COMMAND_READABLE: [process.execPath, server, join(checkoutDir, 'node_modules')].join(),
      MCP_SERVERS: JSON.stringify({ notes: { command: process.execPath, args: [server] } }),
    };
  },

  async insert(tx, { id, variant }) {
    const [session, lane] = [`s${Number.parseInt(id.slice(0, 1), 16) % 8}`, id < '8' ? 'A' : 'B'];
    await tx.query(
      'INSERT INTO ops.runs (id, session_id, lane, plan) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
      [id, session, lane, JSON.stringify(plans[variant]?.(id))],
    );
  },

  answer: ({ id }) => ({ step: asks.id, value: { words: wordsOf(id) } }),

  async judge(remains) {
    const repository = repositoryOf(remains.places);
    const lanes = [...Map.groupBy(completeRows(remains), ({ key }) => key).values()];
    const problems = await Promise.all([
      ...lanes.map((runs) => judgeLane(repository, runs, remains)),
      ...completeRows(remains).map((row) => judgeArtifacts(row, remains)),
      judgeLocks(repository),
    ]);
    return problems.flat();
  },
};

interface RunResult {
  branch: string;
  base: string;
  commit: string;
  manifest: { path: string; sha256: string };
}

const resultOf = ({ fields }: EndedRow) => fields['result'] as RunResult;
const timeOf = ({ fields }: EndedRow) => Date.parse(String(fields['finished_at']));

/** The runs of one lane that succeeded, one after the other; and its branch is where the last of them ended. */
async function judgeLane(
  repository: string,
  runs: readonly EndedRow[],
  { jobs }: Remains,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  let before = { commit: await git(repository, 'rev-parse', 'main'), notes: '' };
  let branch = 'main';
  for (const run of runs.toSorted((a, b) => timeOf(a) - timeOf(b))) {
    const job = jobs.get(run.id);
    const { commit } = resultOf(run);
    const notes = await git(repository, 'show', `${commit}:notes/log.md`);
    if (job !== undefined) problems.push(...(await judgeRun(repository, job, run, { before, notes })));
    before = { commit, notes };
    branch = resultOf(run).branch;
  }
  if ((await git(repository, 'rev-parse', branch)) === before.commit) return problems;
  return [...problems, illegal(`${branch} is not where its last run ended, at ${before.commit}`)];
}

/** It begins where the one before ended, and has made one commit of each step that calls, with one line of each note. */
async function judgeRun(
  repository: string,
  { id, variant }: Job,
  run: EndedRow,
  { before, notes }: { before: { commit: string; notes: string }; notes: string },
): Promise<Problem[]> {
  const { base, commit } = resultOf(run);
  const commits = await git(repository, 'log', '--reverse', '--format=%s', `${base}..${commit}`);
  const calls = (plans[variant]?.(id) ?? []).filter(({ tool }) => tool !== undefined);
  const wanted = calls.map((step) => `${step.id} of run ${id}`).join('\n');
  const wantedNotes = `${before.notes}\n${draftOf(id)}\n${wordsOf(id)}`.trimStart();
  return [
    ...(base === before.commit ? [] : [illegal(`job ${run.job} began at ${base}, not ${before.commit}`)]),
    ...(commits === wanted ? [] : [duplicated(`job ${run.job} made the commits ${JSON.stringify(commits)}`)]),
    ...(notes === wantedNotes ? [] : [duplicated(`job ${run.job}: its notes are ${JSON.stringify(notes)}`)]),
  ];
}

/** The manifest and every file that it names are there, as it says. */
async function judgeArtifacts(row: EndedRow, { places }: Remains): Promise<Problem[]> {
  const named = resultOf(row).manifest;
  const path = join(places.disk, named.path);
  const manifest = await readIfThere(path);
  if (manifest === undefined) return [illegal(`job ${row.job} is complete, and its manifest is missing`)];
  if (factsOf(manifest).sha256 !== named.sha256)
    return [duplicated(`job ${row.job}: its row and its manifest are of different tries`)];
  const { artifacts } = JSON.parse(manifest.toString()) as { artifacts: { name: string; sha256: string }[] };
  const problems = artifacts
    .filter(({ name }) => name !== 'log.txt') // which grows
    .map(async ({ name, sha256 }): Promise<Problem[]> => {
      const content = await readIfThere(join(path, '..', name));
      if (content !== undefined && factsOf(content).sha256 === sha256) return [];
      return [illegal(`job ${row.job}: its artifact ${name} is not the one of its manifest`)];
    });
  return (await Promise.all(problems)).flat();
}

const ofLane = /^(refs\/heads\/agent|refs\/switchyard\/lanes|worktrees)\//;

/** What a killed git left in a lane the next run of the lane clears away; any other lock holds runs up for ever. */
async function judgeLocks(repository: string): Promise<Problem[]> {
  const files = await readdir(join(repository, '.git'), { recursive: true });
  return files
    .filter((name) => name.endsWith('.lock') && !ofLane.test(name))
    .map((name) => illegal(`a lock is left in the repository: ${name}`));
}
