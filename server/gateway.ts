import { runProcess } from './process.ts';
import { roles } from './roles/index.ts';

await runProcess('gateway', roles.gateway);
