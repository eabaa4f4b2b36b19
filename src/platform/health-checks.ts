import type { Client } from '@temporalio/client';
import type { Pool } from './database.ts';
import type { HealthCheck } from './health.ts';

export const postgresCheck = (pool: Pool): HealthCheck => ({
  name: 'postgres',
  check: async () => void (await pool.query('SELECT 1')),
});

export const temporalCheck = (client: Client): HealthCheck => ({
  name: 'temporal',
  check: async () =>
    void (await client.withDeadline(Date.now() + 2_000, () => client.workflowService.getSystemInfo({}))),
});
