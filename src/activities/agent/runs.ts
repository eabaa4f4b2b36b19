import type { McpServer } from '../../platform/config.ts';
import type { Pool } from '../../platform/database.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Answer, JobOutcome, JobRun } from '../../queues/job.ts';
import type { JobTransitions } from '../jobs.ts';
import { asJob, type RetryPolicy, type WorkAsks, type WorkContext, type WorkDone } from '../lifecycle.ts';
import { Artifacts } from './artifacts.ts';
import type { RunHeartbeats } from './heartbeats.ts';
import { McpServers, type ToolLimits } from './mcp-servers.ts';
import { type Call, type Question, readPlan, type Step, withAnswers } from './plan.ts';
import { type PlanProgress, readProgress, saveProgress } from './progress.ts';
import type { LaneOfSession, Workspace, Workspaces } from './workspaces.ts';

export type AgentRunActivities = ReturnType<typeof createAgentRunActivities>;

/** A server that died, or git that stumbled; what a tool says itself is final. */
const retry: RetryPolicy = { maxAttempts: 3, initialIntervalMs: 1_000, maxIntervalMs: 10_000 };

export interface AgentDeps {
  jobs: JobTransitions;
  pool: Pool;
  heartbeats: RunHeartbeats;
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

/** Plans of tool calls → commits on the branch of the run's lane, and artifacts. */
export function createAgentRunActivities(deps: AgentDeps) {
  const work = (context: WorkContext): Promise<WorkDone | WorkAsks> =>
    deps.heartbeats.during(context.run, () => runPlan(deps, context));
  return {
    runPlan: (run: JobRun): Promise<JobOutcome> => asJob({ ...deps, retry }, run, work),
  };
}

/** What the steps of one run share. */
interface PlanRun {
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

async function runPlan(deps: AgentDeps, context: WorkContext): Promise<WorkDone | WorkAsks> {
  const { row, run, attempt, signal } = context;
  const steps = readPlan(row['plan'], new Set(deps.servers.keys()));
  const lane = { session: String(row['session_id']), lane: String(row['lane']) };
  const before = readProgress(row['progress']);
  const artifacts = await Artifacts.open(
    deps.resultRoot,
    { jobId: run.jobId, attempt },
    deps.maxArtifactBytes,
  );
  let workspace: Workspace | undefined;
  let servers: McpServers | undefined;
  try {
    workspace = await deps.workspaces.open(lane, before?.commit, signal);
    const { commit } = workspace;
    const progress = before ?? { base: commit, commit, done: [], answers: {} };
    servers = new McpServers({
      ...deps,
      workspace,
      signal,
      say: (line) => artifacts.say(line),
      onProgress: () => deps.heartbeats.soon(),
    });
    return await goOn({
      ...{ deps, context, lane, steps, progress, workspace, servers, artifacts },
      saved: before,
    });
  } catch (error) {
    artifacts.say(signal.aborted ? 'told to stop' : `failed: ${String(error)}`);
    await servers?.close();
    await workspace?.close();
    if (!signal.aborted) await artifacts.seal({ run: run.jobId, attempt });
    throw error;
  } finally {
    await servers?.close();
    await artifacts.close();
  }
}

/** The steps that are not done yet, up to the end of the plan or to a question without its answer. */
async function goOn(plan: PlanRun): Promise<WorkDone | WorkAsks> {
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
    const next = { ...progress, commit, done: [...progress.done, step.id], answers };
    await saveProgress(deps.pool, context.run, plan.saved, next);
    plan.progress = next;
    plan.saved = next;
  }
  const { base, commit } = plan.progress;
  await artifacts.writeStream('diff.patch', (out) => workspace.diffSince(base, out, deps.maxArtifactBytes));
  artifacts.say('the plan is done');
  const about = { run: context.run.jobId, attempt: context.attempt, branch: workspace.branch, base, commit };
  const sealed = await artifacts.seal(about);
  return {
    publish: async () => {
      await deps.workspaces.keepCommit(lane, commit);
      return { result: { branch: workspace.branch, base, commit, ...sealed } };
    },
    cleanUp: () => workspace.close(),
  };
}

/** While the run waits there is nothing of it but its commits. */
async function ask(plan: PlanRun, { id: step, ask: message, schema }: Question): Promise<WorkAsks> {
  const { deps, artifacts, servers, workspace, lane, progress } = plan;
  artifacts.say(`${step}: asks "${message}"`);
  await servers.close();
  await deps.workspaces.holdCommit(lane, progress.commit);
  await workspace.close();
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
  await artifacts.write(
    `${String(i + 1).padStart(3, '0')}-${step.id}.json`,
    `${JSON.stringify(result, undefined, 2)}\n`,
  );
}

/** The row's answer, when it is one to this step: that of an earlier question stays until the next is asked. */
function answerTo(step: string, answer: unknown): Answer | undefined {
  const given = answer as Answer | null;
  return given?.step === step ? given : undefined;
}
