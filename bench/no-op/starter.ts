import { runProcess } from 'pg-switchyard';
import { runStarter } from 'pg-switchyard/starter';
import { source } from './application.ts';
import { noOpQueue } from './queue.ts';

await runProcess('starter', source, (context) => runStarter(context, [noOpQueue(context.settings)]));
