/** Why an agent run fails, besides the engine's own codes. */
export const AgentRunErrorCode = {
  /** The plan cannot be read, or names what is not there. */
  PLAN_INVALID: 'PLAN_INVALID',
  /** A tool of an MCP server says that it failed, or its server cannot be reached or died. */
  TOOL_FAILED: 'TOOL_FAILED',
  TOOL_TIMEOUT: 'TOOL_TIMEOUT',
} as const;
