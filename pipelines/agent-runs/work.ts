import { allowedEnvironment } from 'pg-switchyard';
import type { CreateActivities, QueueWork } from 'pg-switchyard/worker';
import { type Confine, confineBy } from '../lib/sandbox/policy.ts';
import { sandboxOf } from '../lib/sandbox/sandbox-of.ts';
import { type ConfineGit, createGit } from './run/git.ts';
import { gitPlaces } from './run/git-places.ts';
import { RunHeartbeats } from './run/heartbeats.ts';
import { createLanes } from './run/lanes.ts';
import { endOfRun } from './run/progress.ts';
import { createAgentRunActivities } from './run/runs.ts';
import { createWorkspaces } from './run/workspaces.ts';
import type { AgentRunSettings } from './settings.ts';

const createActivities =
  (settings: AgentRunSettings): CreateActivities =>
  async ({ pool, jobs, log, queue, client }) => {
    const env = allowedEnvironment(settings.commandEnvironment);
    const confine = confineBy(await sandboxOf(settings, { queue, client, log }));
    const [repository, folder] = [settings.agentRepository, settings.agentWorkspaces];
    const git = createGit(env, confineGit(confine, repository, folder));
    const lanes = createLanes({ repository, folder, git, endOf: (runId) => endOfRun(pool, runId), log });
    return createAgentRunActivities({
      jobs,
      pool,
      heartbeats: new RunHeartbeats({ pool, workerId: settings.workerId, log }),
      lanes,
      workspaces: createWorkspaces({
        repository,
        folder,
        keep: settings.agentKeepWorkspace === 'on',
        git,
        confine,
        lanes,
        maxRestBytes: settings.agentMaxLeftFiles,
        log,
      }),
      servers: settings.mcpServers,
      limits: {
        silenceMs: settings.agentToolTimeoutMs,
        mostMs: settings.agentToolMaxTimeMs,
        memoryMiB: settings.agentToolMemoryMiB,
        mostProcesses: settings.commandProcesses,
        maxMessageBytes: settings.agentMaxResultBytes,
      },
      env,
      confine,
      egress: settings.agentEgress,
      resultRoot: settings.resultRoot,
      maxArtifactBytes: settings.agentMaxResultBytes,
      answerWithinMs: settings.agentInputTimeoutMs,
      log,
    });
  };

/** Nothing is looked for where commands run without a sandbox. */
const confineGit =
  (confine: Confine, repository: string, workspaces: string): ConfineGit =>
  async (readable) => {
    if (confine({ writable: [] }) === undefined) return undefined;
    const places = await gitPlaces(repository, workspaces);
    return confine({ ...places, readable: [...(places.readable ?? []), ...readable] });
  };

export const agentRunWork = (settings: AgentRunSettings): QueueWork => ({
  createActivities: createActivities(settings),
});
