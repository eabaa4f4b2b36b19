import { fileURLToPath } from 'node:url';
import { runProcess } from 'pg-switchyard';
import { runWorker } from 'pg-switchyard/worker';
import { pipelines, queues, source } from './application.js';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const workflows = {
  entry: path('workflows.js'),
  sources: [path('workflows.js')],
  cache: path('node_modules/.cache/switchyard'),
};

await runProcess('worker', source, (context) =>
  runWorker(context, { queues, served: queues, pipelines, workflows }),
);
