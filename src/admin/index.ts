/** What an operator's commands are made of. */
export type { Application } from '../cli/application.ts';
export { tokenCommand } from '../cli/token.ts';
export { keepIdentity, newIdentity } from '../identity/change.ts';
export { describeCopy, isInPlace, readIdentity } from '../identity/database.ts';
export { textTable } from '../platform/text-table.ts';
export { migratePipelines } from './migrate-pipelines.ts';
