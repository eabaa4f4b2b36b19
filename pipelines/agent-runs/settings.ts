import type { Settings as EngineSettings } from 'pg-switchyard';
import { folder, MiB, oneOf, type Settings, setting, type Values, wholeNumber } from 'pg-switchyard/settings';
import { z } from 'zod';
import type { CommandSettings } from '../lib/commands/settings.ts';
import type { QueueSettings } from '../lib/queue-settings.ts';
import { egressList } from '../lib/sandbox/settings.ts';

/** How an MCP server is reached: a program that is started for each run, or an address. */
const mcpServer = z.union([
  z.strictObject({
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string(), z.string()).default({}),
  }),
]);
export type McpServer = z.output<typeof mcpServer>;

const mcpServers = z
  .string()
  .default('{}')
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('no JSON');
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string().regex(/^[\w.-]{1,64}$/), mcpServer))
  .transform((servers): ReadonlyMap<string, McpServer> => new Map(Object.entries(servers)));

/** What MCP servers are given in their environments and headers. */
function mcpSecretsIn(raw: string): string[] {
  const parsed = mcpServers.safeParse(raw || undefined);
  if (!parsed.success) return [];
  const given = [...parsed.data.values()].flatMap((server) =>
    Object.values('url' in server ? server.headers : server.env),
  );
  return given.flatMap((value) => value.split(/\s+/));
}

export const agentRunSettings = {
  mcpServers: {
    ...setting(
      'MCP_SERVERS',
      mcpServers,
      'JSON of {"NAME": {"command": "…", "args": […], "env": {…}} or {"url": "https://…", "headers": {…}}} (default none)',
      'The MCP servers that plans of agent runs may name: programs started for each run, or addresses',
    ),
    secret: mcpSecretsIn,
  },
  agentRepository: folder(
    'AGENT_REPOSITORY',
    '.data/agent-repository',
    'The git repository that agent runs begin with and commit to; shared by all workers',
  ),
  agentWorkspaces: folder(
    'AGENT_WORKSPACES',
    '.data/agent-workspaces',
    'Where those worktrees are made; shared by all workers',
  ),
  agentKeepWorkspace: oneOf(
    'AGENT_KEEP_WORKSPACE',
    ['on', 'off'],
    'off',
    'Whether the worktree of a lane stays when its run has ended; the branch always does',
  ),
  agentConcurrency: wholeNumber(
    'CONCURRENCY',
    4,
    1,
    1000,
    'runs',
    'How many agent runs one worker works on at once',
  ),
  agentBatch: wholeNumber('BATCH', 1, 1, 1000, 'rows', 'The most agent runs one claim takes'),
  agentPollIntervalMs: wholeNumber(
    'POLL_INTERVAL_MS',
    800,
    10,
    3_600_000,
    'milliseconds',
    'How often an idle starter looks for agent runs that no doorbell announced',
  ),
  agentMaxInFlight: wholeNumber(
    'AGENT_MAX_IN_FLIGHT',
    12,
    1,
    1_000_000,
    'runs',
    'The most agent runs at once, over all starters; those that wait for an answer do not count',
  ),
  agentInputTimeoutMs: wholeNumber(
    'AGENT_INPUT_TIMEOUT',
    86_400_000,
    1_000,
    2_592_000_000,
    'milliseconds',
    'How long a run waits for an answer before it fails',
  ),
  agentToolTimeoutMs: wholeNumber(
    'AGENT_TOOL_TIMEOUT',
    60_000,
    10,
    86_400_000,
    'milliseconds',
    'How long a tool may take without a word of progress; a step may name its own timeoutMs',
  ),
  agentToolMaxTimeMs: wholeNumber(
    'AGENT_TOOL_MAX_TIME',
    1_800_000,
    10,
    86_400_000,
    'milliseconds',
    'How long a tool may take in all, whatever it says meanwhile',
  ),
  agentToolMemoryMiB: wholeNumber(
    'AGENT_TOOL_MEMORY',
    1024,
    16,
    1_048_576,
    'MiB',
    'The most memory that one MCP server and its children take together',
  ),
  agentEgress: egressList('AGENT_EGRESS', 'What MCP servers in the sandbox may reach over the network'),
  agentMaxResultBytes: wholeNumber(
    'AGENT_MAX_RESULT',
    10 * MiB,
    1024,
    1024 * MiB,
    'bytes',
    'The largest answer of a tool; a log or a diff is cut there',
  ),
  agentMaxLeftFiles: wholeNumber(
    'AGENT_MAX_LEFT_FILES',
    256 * MiB,
    0,
    64 * 1024 * MiB,
    'bytes',
    'The most that is kept, after each step, of what git does not commit: ignored files above all; a run that leaves more fails. 0: none is kept, and the log names it',
  ),
} satisfies Settings;

export type AgentRunSettings = EngineSettings &
  QueueSettings &
  CommandSettings &
  Values<typeof agentRunSettings>;
