import { engineFolder, isLaterThan, migrationNames } from '../../platform/migration-names.ts';
import { registryIsThere } from '../../sql/registry.ts';
import type { Check, Gate } from './check.ts';
import { found } from './codes.ts';

/** Whether the database was migrated at all. */
export const schemaIsThere: Gate = {
  name: 'the schema',
  needs: ['database'],
  opens: 'schema',
  async find({ pool }) {
    const { rowCount } = await pool.query(registryIsThere);
    if (rowCount !== 0) return [];
    return [
      found(
        'SCHEMA_MISSING',
        'the schema switchyard',
        "the database has not Switchyard's tables: switchyard.queues is missing",
        'Is it the right database? Then run: switchyard migrate',
      ),
    ];
  },
};

/** Whether the migrations that ran are those that this version brings. */
export const migrations: Check = {
  name: 'the migrations',
  needs: ['schema'],
  async find({ pool, migrations: folders }) {
    const { rows } = await pool.query<{ name: string }>('SELECT name FROM switchyard.migrations');
    const ran = new Set(rows.map(({ name }) => name));
    const engine = await migrationNames(engineFolder);
    const known = [...engine, ...(await Promise.all((folders ?? []).map(migrationNames))).flat()];
    const pending = known.filter((name) => !ran.has(name));
    const newer = [...ran].filter(
      (name) => !known.includes(name) && (folders !== undefined || isLaterThan(engine, name)),
    );
    return [
      ...(pending.length === 0
        ? []
        : [
            found(
              'MIGRATIONS_PENDING',
              'the schema',
              `migrations have not run yet: ${pending.join(', ')}`,
              'Run: switchyard migrate',
            ),
          ]),
      ...(newer.length === 0
        ? []
        : [
            found(
              'SCHEMA_NEWER',
              'the schema',
              `migrations ran that this version does not know: ${newer.join(', ')}; the database was migrated by a later version`,
              'Bring this installation up to the version that migrated the database.',
            ),
          ]),
    ];
  },
};
