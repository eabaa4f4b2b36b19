import type { JobOutcome, JobRun } from 'pg-switchyard';
import {
  asJob,
  type JobRow,
  type RetryPolicy,
  type WorkAsks,
  type WorkContext,
  type WorkDone,
} from 'pg-switchyard/worker';
import { Artifacts } from './artifacts.ts';
import type { LaneOfSession } from './lanes.ts';
import { McpServers } from './mcp-servers.ts';
import { readPlan } from './plan.ts';
import { readProgress, whileMine } from './progress.ts';
import { type AgentDeps, goOn } from './steps.ts';
import type { Workspace } from './workspaces.ts';

export type AgentRunActivities = ReturnType<typeof createAgentRunActivities>;

/** A server that died, or git that stumbled; what a tool says itself is final. */
const retry: RetryPolicy = { maxAttempts: 3, initialIntervalMs: 1_000, maxIntervalMs: 10_000 };

/** Plans of tool calls → commits on the branch of the run's lane, and artifacts. */
export function createAgentRunActivities(deps: AgentDeps) {
  const work = (context: WorkContext): Promise<WorkDone | WorkAsks> =>
    deps.heartbeats.during(context.run, () => runPlan(deps, context));
  return {
    runPlan: (run: JobRun): Promise<JobOutcome> =>
      asJob({ ...deps, retry, settle: (row) => deps.lanes.settle(laneOf(row), run.jobId) }, run, work),
  };
}

const laneOf = (row: JobRow): LaneOfSession => ({
  session: String(row['session_id']),
  lane: String(row['lane']),
});

async function runPlan(deps: AgentDeps, context: WorkContext): Promise<WorkDone | WorkAsks> {
  const { row, run, attempt, signal } = context;
  const steps = readPlan(row['plan'], new Set(deps.servers.keys()));
  const lane = laneOf(row);
  const before = readProgress(row['progress']);
  const artifacts = await Artifacts.open(
    deps.resultRoot,
    { jobId: run.jobId, attempt, scheduledAt: context.scheduledAt },
    deps.maxArtifactBytes,
  );
  let workspace: Workspace | undefined;
  let servers: McpServers | undefined;
  try {
    workspace = await deps.workspaces.open(lane, {
      commit: before?.commit,
      scheduledAt: context.scheduledAt,
      signal,
      rest: before?.rest && { names: before.rest, pathOf: (name) => artifacts.pathOf(name) },
    });
    const { commit } = workspace;
    const progress = before ?? { base: commit, commit, done: [], answers: {} };
    servers = new McpServers({
      ...deps,
      workspace,
      confinement: confinementOf(deps, workspace),
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
    if (!signal.aborted) await listWhatFailed(deps, context, artifacts);
    await artifacts.removeUnpublished();
    throw error;
  } finally {
    await servers?.close();
    await artifacts.closeLog();
  }
}

const confinementOf = ({ confine, egress }: AgentDeps, { path, home, temporary, objects }: Workspace) =>
  confine({ writable: [path, home], readable: objects, temporary, egress });

/** What a step left that did not end is not among it. */
async function listWhatFailed(deps: AgentDeps, context: WorkContext, artifacts: Artifacts): Promise<void> {
  const { run, attempt, log } = context;
  try {
    artifacts.forget();
    await artifacts.seal({ run: run.jobId, attempt });
    await whileMine(deps.pool, run, (requireMine) => artifacts.publish(requireMine));
  } catch (error) {
    log.warn({ err: error }, 'a failed try left no manifest'); // the error that matters is the first
  }
}
