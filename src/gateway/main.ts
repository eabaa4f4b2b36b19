import { runProcess } from '../platform/process.ts';
import { runGateway } from './run.ts';

await runProcess('gateway', runGateway);
