import { type Settings, setting } from 'pg-switchyard/settings';
import { z } from 'zod';

export const roleSettings = {
  roles: setting(
    'ROLES',
    z
      .string()
      .default('starter,worker,api,gateway')
      .transform((value) => value.split(',').map((role) => role.trim()))
      .pipe(z.array(z.enum(['starter', 'worker', 'api', 'gateway'])).min(1)),
    'a comma-separated list of starter, worker, api, gateway (default all four)',
    'Which roles `npm run serve` hosts in one process',
  ),
} satisfies Settings;
