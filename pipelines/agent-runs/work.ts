import { allowedEnvironment } from 'pg-switchyard';
import type { CreateActivities, QueueWork } from 'pg-switchyard/worker';
import { createGit } from './run/git.ts';
import { RunHeartbeats } from './run/heartbeats.ts';
import { createLanes } from './run/lanes.ts';
import { endOfRun } from './run/progress.ts';
import { createAgentRunActivities } from './run/runs.ts';
import { createWorkspaces } from './run/workspaces.ts';
import type { AgentRunSettings } from './settings.ts';

const createActivities =
  (settings: AgentRunSettings): CreateActivities =>
  ({ pool, jobs, log }) => {
    const env = allowedEnvironment(settings.commandEnvironment);
    const git = createGit(env);
    const [repository, folder] = [settings.agentRepository, settings.agentWorkspaces];
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
        lanes,
        maxRestBytes: settings.agentMaxLeftFiles,
        log,
      }),
      servers: settings.mcpServers,
      limits: {
        silenceMs: settings.agentToolTimeoutMs,
        mostMs: settings.agentToolMaxTimeMs,
        memoryMiB: settings.agentToolMemoryMiB,
        maxMessageBytes: settings.agentMaxResultBytes,
      },
      env,
      resultRoot: settings.resultRoot,
      maxArtifactBytes: settings.agentMaxResultBytes,
      answerWithinMs: settings.agentInputTimeoutMs,
      log,
    });
  };

export const agentRunWork = (settings: AgentRunSettings): QueueWork => ({
  createActivities: createActivities(settings),
});
