import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Answer, Logger, Pool } from 'pg-switchyard';
import {
  type JobRow,
  type JobTransitions,
  requireMineBy,
  type WorkAsks,
  type WorkContext,
  type WorkDone,
} from 'pg-switchyard/worker';
import type { Confine } from '../../lib/sandbox/policy.ts';
import type { McpServer } from '../settings.ts';
import type { Artifacts } from './artifacts.ts';
import { Elicitations, type Elicited, ToolAsks } from './elicitation.ts';
import type { RunHeartbeats } from './heartbeats.ts';
import type { LaneOfSession, Lanes } from './lanes.ts';
import type { ToolLimits } from './mcp-connection.ts';
import type { McpServers } from './mcp-servers.ts';
import { separateMedia } from './media.ts';
import { type Call, knownArguments, type Question, type Step, withAnswers } from './plan.ts';
import { type PlanProgress, saveProgress, whileMine } from './progress.ts';
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
  /** The sandbox of servers that are programs. */
  confine: Confine;
  /** What they may reach over the network, `host:port` each. */
  egress: readonly string[];
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
  await checkCalls(plan);
  for (const [i, step] of plan.steps.entries()) {
    context.signal.throwIfAborted();
    const { progress } = plan;
    if (progress.done.includes(step.id)) continue;
    context.say(`step ${i + 1} of ${plan.steps.length}: ${step.id}`);
    let answers = progress.answers;
    if ('ask' in step) {
      const answer = answerTo(step.id, context.row['answer']);
      if (answer === undefined) return ask(plan, step);
      answers = { ...answers, [step.id]: answer.value };
      artifacts.say(`${step.id}: answered`);
    } else {
      const asks = await callTool(plan, step, i);
      if (asks !== undefined) return asks;
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
  await writeDiff(plan);
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
    shows: () => ({ branch: workspace.branch, commit, steps: plan.steps.length }),
    cleanUp: clear,
    discard: clear,
  };
}

/** What the run has changed since it began. */
const writeDiff = ({ artifacts, workspace, progress, deps }: PlanRun): Promise<void> =>
  artifacts.writeStream('diff.patch', (out) =>
    workspace.diffSince(progress.base, out, deps.maxArtifactBytes),
  );

/** While the run waits there is nothing of it but its commits, and its diff for whoever answers. */
async function ask(plan: PlanRun, { id: step, ask: message, schema }: Question): Promise<WorkAsks> {
  await park(plan, step, message);
  return { ask: { step, message, schema, answerWithinMs: plan.deps.answerWithinMs } };
}

async function park(plan: PlanRun, step: string, message: string): Promise<void> {
  const { deps, context, artifacts, servers, workspace, lane, progress } = plan;
  artifacts.say(`${step}: asks "${message}"`);
  await servers.close();
  await writeDiff(plan);
  await whileMine(deps.pool, context.run, (requireMine) => artifacts.publish(requireMine));
  await deps.lanes.holdCommit(lane, progress.commit);
  await workspace.close();
  await artifacts.removeUnpublished();
}

/** What is wrong with a later call is known before the first one has done anything. */
async function checkCalls({ steps, progress, servers, context }: PlanRun): Promise<void> {
  for (const step of steps) {
    if ('ask' in step || progress.done.includes(step.id)) continue;
    context.signal.throwIfAborted();
    const { id, server, tool } = step;
    await servers.check({ step: id, server, tool }, knownArguments(step.arguments, progress.answers));
  }
}

/** What the call asks of a person, if it does: the step begins again when that is answered. */
async function callTool(plan: PlanRun, step: Call, i: number): Promise<WorkAsks | undefined> {
  const { progress, servers, artifacts, context } = plan;
  artifacts.say(`${step.id}: calls ${step.server}/${step.tool}`);
  const answered = answeredSoFar(step.id, progress, context.row);
  try {
    const said = await servers.call(
      {
        step: step.id,
        server: step.server,
        tool: step.tool,
        arguments: withAnswers(step.arguments, progress.answers) as Record<string, unknown>,
        timeoutMs: step.timeoutMs,
      },
      new Elicitations(answered),
    );
    const { result, files } = separateMedia(said, artifactOf(step.id, i));
    for (const { name, content } of files) await artifacts.write(name, content);
    await artifacts.write(`${artifactOf(step.id, i)}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
    return undefined;
  } catch (error) {
    if (!(error instanceof ToolAsks)) throw error;
    return elicit(plan, step, error);
  }
}

/** The answers that the tool had before are on the row when it asks the next. */
async function elicit(plan: PlanRun, step: Call, { question, before }: ToolAsks): Promise<WorkAsks> {
  const { deps, context, progress } = plan;
  const next = { ...progress, elicited: { ...progress.elicited, [step.id]: [...before] } };
  await saveProgress(deps.pool, context.run, { before: plan.saved, after: next }, async () => undefined);
  [plan.progress, plan.saved] = [next, next];
  const asked = elicitedStep(step.id, before.length);
  await park(plan, asked, question.message);
  const { message, requestedSchema: schema } = question;
  return { ask: { step: asked, message, schema, mayDecline: true, answerWithinMs: deps.answerWithinMs } };
}

/** `deploy.1`: no step of a plan has such a name. */
const elicitedStep = (step: string, before: number) => `${step}.${before + 1}`;

function answeredSoFar(step: string, progress: PlanProgress, row: JobRow): Elicited[] {
  const before = progress.elicited?.[step] ?? [];
  const answer = answerTo(elicitedStep(step, before.length), row['answer']);
  if (answer === undefined) return before;
  const { message, schema } = row['question'] as { message: string; schema: unknown };
  const { action = 'accept', value: content } = answer;
  return [...before, { message, schema, action, ...(action === 'accept' && { content }) }];
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
