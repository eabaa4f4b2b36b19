import { allowedEnvironment } from '../../platform/config.ts';
import { createGit } from '../agent/git.ts';
import { RunHeartbeats } from '../agent/heartbeats.ts';
import { createLanes } from '../agent/lanes.ts';
import { endOfRun } from '../agent/progress.ts';
import { createAgentRunActivities } from '../agent/runs.ts';
import { createWorkspaces } from '../agent/workspaces.ts';
import type { CreateActivities } from './pipeline.ts';

export const createActivities: CreateActivities = ({ settings, pool, jobs, log }) => {
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
