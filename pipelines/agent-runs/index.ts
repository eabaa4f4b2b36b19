import type { Pipeline } from 'pg-switchyard';
import { agentRunsQueue } from './queue.ts';
import type { AgentRunSettings } from './settings.ts';

/** Plans of tool calls on MCP servers → commits and artifacts. */
export const agentRuns = (settings: AgentRunSettings): Pipeline => ({
  queues: [agentRunsQueue(settings)],
  migrations: new URL('migrations/', import.meta.url),
  work: { 'agent-runs': async () => (await import('./work.ts')).agentRunWork(settings) },
});
