import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { McpServer } from '../../platform/config.ts';
import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Answer } from '../../queues/job.ts';
import type { WorkDone } from '../completion.ts';
import type { JobTransitions } from '../jobs.ts';
import type { WorkAsks, WorkContext } from '../lifecycle.ts';
import { requireMineBy } from '../ownership.ts';
import type { Artifacts } from './artifacts.ts';
import type { RunHeartbeats } from './heartbeats.ts';
import type { LaneOfSession, Lanes } from './lanes.ts';
import type { McpServers, ToolLimits } from './mcp-servers.ts';
import { type Call, type Question, type Step, withAnswers } from './plan.ts';
import { type PlanProgress, saveProgress } from './progress.ts';
import type { RestNames } from './rest.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

export interface AgentDeps {
  jobs: JobTransitions;
  pool: Pool;
  heartbeats: RunHeartbeats;
  lanes: Lanes;
  workspaces: Workspaces;
  servers: ReadonlyMap<string, McpServer>;
  limits: ToolLimits;
  /** All that servers see of the environment. */
  env: Readonly<Record<string, string>>;
  resultRoot: string;
  /** Of a log, and of a diff. */
  maxArtifactBytes: number;
  answerWithinMs: number;
  log: Logger;
}

/** What the steps of one run share. */
export interface PlanRun {
  deps: AgentDeps;
  context: WorkContext;
  lane: LaneOfSession;
  steps: readonly Step[];
  progress: PlanProgress;
  /** What the row says of it. */
  saved: PlanProgress | undefined;
  workspace: Workspace;
  servers: McpServers;
  artifacts: Artifacts;
}

/** The steps that are not done yet, up to the end of the plan or to a question without its answer. */
export async function goOn(plan: PlanRun): Promise<WorkDone | WorkAsks> {
  const { deps, context, artifacts, workspace, lane } = plan;
  for (const [i, step] of plan.steps.entries()) {
    context.signal.throwIfAborted();
    const { progress } = plan;
    if (progress.done.includes(step.id)) continue;
    let answers = progress.answers;
    if ('ask' in step) {
      const answer = answerTo(step.id, context.row['answer']);
      if (answer === undefined) return ask(plan, step);
      answers = { ...answers, [step.id]: answer.value };
      artifacts.say(`${step.id}: answered`);
    } else {
      await callTool(plan, step, i);
    }
    const commit = await workspace.commitAll(`${step.id} of run ${context.run.jobId}`);
    const rest = await keepRest(plan, step.id, i);
    const next = { ...progress, commit, done: [...progress.done, step.id], answers, rest };
    const move = { before: plan.saved, after: next };
    await saveProgress(deps.pool, context.run, move, (requireMine) => artifacts.publish(requireMine));
    plan.progress = next;
    plan.saved = next;
  }
  const { base, commit } = plan.progress;
  await artifacts.writeStream('diff.patch', (out) => workspace.diffSince(base, out, deps.maxArtifactBytes));
  artifacts.say('the plan is done');
  const about = { run: context.run.jobId, attempt: context.attempt, branch: workspace.branch, base, commit };
  const sealed = await artifacts.seal(about);
  const clear = async () => {
    await workspace.close();
    await artifacts.removeUnpublished();
  };
  return {
    publish: async (tx) => {
      const requireMine = requireMineBy(tx);
      await requireMine();
      await deps.lanes.announce(lane, context.run.jobId);
      await artifacts.publish(requireMine);
      return { result: { branch: workspace.branch, base, commit, ...sealed } };
    },
    cleanUp: clear,
    discard: clear,
  };
}

/** While the run waits there is nothing of it but its commits. */
async function ask(plan: PlanRun, { id: step, ask: message, schema }: Question): Promise<WorkAsks> {
  const { deps, artifacts, servers, workspace, lane, progress } = plan;
  artifacts.say(`${step}: asks "${message}"`);
  await servers.close();
  await deps.lanes.holdCommit(lane, progress.commit);
  await workspace.close();
  await artifacts.removeUnpublished();
  return { ask: { step, message, schema, answerWithinMs: deps.answerWithinMs } };
}

async function callTool(plan: PlanRun, step: Call, i: number): Promise<void> {
  const { progress, servers, artifacts } = plan;
  artifacts.say(`${step.id}: calls ${step.server}/${step.tool}`);
  const result = await servers.call({
    server: step.server,
    tool: step.tool,
    arguments: withAnswers(step.arguments, progress.answers) as Record<string, unknown>,
    timeoutMs: step.timeoutMs,
  });
  await artifacts.write(`${artifactOf(step.id, i)}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
}

/** The first words of the names of a step's artifacts. */
const artifactOf = (step: string, i: number) => `${String(i + 1).padStart(3, '0')}-${step}`;

const keepRest = ({ workspace, artifacts }: PlanRun, step: string, i: number): Promise<RestNames> =>
  workspace.keepRest(
    async (ending, file) => {
      const name = `${artifactOf(step, i)}.${ending}`;
      await artifacts.writeStream(name, (out) => pipeline(createReadStream(file), out, { end: false }));
      return name;
    },
    (line) => artifacts.say(`${step}: ${line}`),
  );

/** The row's answer, when it is one to this step: that of an earlier question stays until the next is asked. */
function answerTo(step: string, answer: unknown): Answer | undefined {
  const given = answer as Answer | null;
  return given?.step === step ? given : undefined;
}
