import type { FastifyInstance } from 'fastify';
import type { Pool } from '../platform/database.ts';
import type { HealthCheck } from '../platform/health.ts';
import type { Logger } from '../platform/logging.ts';

/** What a plugin gets from the API. */
export interface PluginDeps {
  pool: Pool;
}

/** Routes that an application adds to those of the engine, with the same access, errors and headers. */
export interface ApiPlugin {
  /** Routes that take no body, or bodies of their own; `app` is a scope of the plugin's. */
  routes?(app: FastifyInstance, deps: PluginDeps): void | Promise<void>;
  /** Routes that take JSON. */
  jsonRoutes?(app: FastifyInstance, deps: PluginDeps): void | Promise<void>;
  /** What must hold, besides Postgres, for the API to be ready. */
  readonly checks?: readonly HealthCheck[];
  /** Called before the API listens. Answers what to call at its end. */
  start?(log: Logger): Promise<() => void>;
}
