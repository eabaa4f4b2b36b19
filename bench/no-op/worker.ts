import { runProcess } from 'pg-switchyard';
import { runWorker } from 'pg-switchyard/worker';
import { noOp, source, workflows } from './application.ts';

await runProcess('worker', source, (context) => {
  const pipeline = noOp(context.settings);
  const { queues } = pipeline;
  return runWorker(context, { queues, served: queues, pipelines: [pipeline], workflows });
});
