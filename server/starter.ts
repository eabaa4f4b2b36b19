import { runProcess } from './process.ts';
import { roles } from './roles/index.ts';

await runProcess('starter', roles.starter);
