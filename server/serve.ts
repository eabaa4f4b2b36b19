import { hostRoles } from 'pg-switchyard';
import { runProcess } from './process.ts';
import { roles } from './roles/index.ts';

/** Several roles in one process, for a small team (`ROLES`). */
await runProcess('serve', (context) =>
  hostRoles(context, Object.fromEntries(context.settings.roles.map((role) => [role, roles[role]]))),
);
