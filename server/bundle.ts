import { writeBundle } from 'pg-switchyard/worker';
import { workflowSources } from './workflow-sources.ts';

const [, , path] = process.argv;
if (path === undefined) throw new Error('usage: npm run bundle -- FILE');
await writeBundle(workflowSources.entry, path);
