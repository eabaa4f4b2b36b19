import { defineSearchAttributeKey } from '@temporalio/common';

/** What an operator can search jobs by in Temporal's Web UI: `SwitchyardErrorCode = "TIMED_OUT"`. */
export const searchAttributes = {
  queue: defineSearchAttributeKey('SwitchyardQueue', 'KEYWORD'),
  name: defineSearchAttributeKey('SwitchyardName', 'KEYWORD'),
  /** The identity of the database whose job it is. */
  database: defineSearchAttributeKey('SwitchyardDatabase', 'KEYWORD'),
  errorCode: defineSearchAttributeKey('SwitchyardErrorCode', 'KEYWORD'),
} as const;

export const searchAttributeNames: readonly string[] = Object.values(searchAttributes).map((key) => key.name);
