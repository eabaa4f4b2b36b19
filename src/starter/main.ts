import { runProcess } from '../platform/process.ts';
import { runStarter } from './run.ts';

await runProcess('starter', runStarter);
