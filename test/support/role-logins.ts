import { randomBytes } from 'node:crypto';
import { administer } from './database.ts';

export const roles = ['starter', 'worker', 'api', 'reader'] as const;
export type Role = (typeof roles)[number];

/** A login for each role, that has its rights and no others. Drop them after the databases in which they have been granted any. */
export async function createRoleLogins() {
  const suffix = randomBytes(4).toString('hex');
  const loginOf = (role: Role) => `test_${role}_${suffix}`;
  await administer(...roles.map((role) => `CREATE ROLE ${loginOf(role)} LOGIN IN ROLE switchyard_${role}`));
  return {
    urlAs(role: Role, url: string): string {
      const address = new URL(url);
      address.username = loginOf(role);
      return address.href;
    },
    drop: () => administer(...roles.map((role) => `DROP ROLE ${loginOf(role)}`)),
  };
}
