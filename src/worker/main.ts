import { runProcess } from '../platform/process.ts';
import { runWorker } from './run.ts';

await runProcess('worker', runWorker);
