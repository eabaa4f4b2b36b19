/** The HTTP API, and what routes of an application are made of. It loads Fastify. */
export { serveUntilAborted } from '../platform/http-server.ts';
export { changeAs, noteTrace, operateScope } from './changes.ts';
export { badCursor, numberCursor } from './cursor.ts';
export { jobIdOf } from './job-id.ts';
export { customerField, readBody, textField, timeField } from './json-body.ts';
export type { ApiPlugin, PluginDeps } from './plugin.ts';
export { Problem, quoteInput, throwDatabaseProblem } from './problems.ts';
export { pageOf, readLimit, readQuery } from './query-parameters.ts';
export { runApi } from './run.ts';
export { iso, isoOrNull, type JobTimes, jobTimes } from './times.ts';
