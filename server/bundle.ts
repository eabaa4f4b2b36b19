import { writeBundle } from '../src/worker/bundle.ts';
import { workflowSources } from './workflow-sources.ts';

const [, , path] = process.argv;
if (path === undefined) throw new Error('usage: npm run bundle -- FILE');
await writeBundle(workflowSources.entry, path);
