import type { Pool } from '../../../src/platform/database.ts';
import { createTestDatabase, eachTestHasPool } from '../database.ts';
import { lettersTemplate } from '../database-name.ts';

/** A database with the engine's tables and the letters, without those of pipelines. */
export const createLettersDatabase = () => createTestDatabase(lettersTemplate);

/** Gives each test of the file such a database of its own and a pool on it, both gone afterwards; `use` is told the pool. */
export const eachTestHasLetters = (
  use: (pool: Pool) => void,
  options: { applicationName?: string } = {},
): void => eachTestHasPool(use, { ...options, template: lettersTemplate });
