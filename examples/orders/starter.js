import { runProcess } from 'pg-switchyard';
import { runStarter } from 'pg-switchyard/starter';
import { queues, source } from './application.js';

await runProcess('starter', source, (context) => runStarter(context, queues));
