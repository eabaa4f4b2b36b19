import { runProcess } from 'pg-switchyard';
import { runStarter } from 'pg-switchyard/starter';
import { answeredQueue, source } from './queue.ts';

await runProcess('starter', source, (context) =>
  runStarter(context, [answeredQueue(context.settings)], { watched: 'none' }),
);
