import { runProcess } from '../platform/process.ts';
import { runApi } from './run.ts';

await runProcess('api', runApi);
