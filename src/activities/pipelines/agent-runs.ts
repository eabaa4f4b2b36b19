import { allowedEnvironment } from '../../platform/config.ts';
import { createGit } from '../agent/git.ts';
import { RunHeartbeats } from '../agent/heartbeats.ts';
import { createAgentRunActivities } from '../agent/runs.ts';
import { createWorkspaces } from '../agent/workspaces.ts';
import type { CreateActivities } from './pipeline.ts';

export const createActivities: CreateActivities = ({ settings, pool, jobs, log }) => {
  const env = allowedEnvironment(settings.commandEnvironment);
  return createAgentRunActivities({
    jobs,
    pool,
    heartbeats: new RunHeartbeats({ pool, workerId: settings.workerId, log }),
    workspaces: createWorkspaces({
      repository: settings.agentRepository,
      folder: settings.agentWorkspaces,
      keep: settings.agentKeepWorkspace === 'on',
      git: createGit(env),
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
