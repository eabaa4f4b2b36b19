/** What an operator's commands are made of. */
export type { Application } from '../cli/application.ts';
export { identityCommand } from '../cli/identity-command.ts';
export { tokenCommand } from '../cli/token.ts';
export { textTable } from '../platform/text-table.ts';
export { migratePipelines } from './migrate-pipelines.ts';
