import { type ApiPlugin, runApi } from 'pg-switchyard/api';
import { agentRunRoutes } from '../../pipelines/agent-runs/api/plugin.ts';
import { buildRoutes } from '../../pipelines/builds/api.ts';
import { invoiceRoutes } from '../../pipelines/invoices/api/plugin.ts';
import type { ServerContext } from '../process.ts';
import { defineQueues } from '../queues.ts';
import type { Settings } from '../settings.ts';

/** What the API has besides the routes of the engine. */
export const apiPlugins = (
  settings: Pick<Settings, 'uploadRoot' | 'resultRoot' | 'mappingsDir' | 'maxUploadBytes'>,
): ApiPlugin[] => [invoiceRoutes(settings), agentRunRoutes(settings), buildRoutes];

export const api = (context: ServerContext): Promise<void> =>
  runApi(context, { queues: defineQueues(context.settings), plugins: apiPlugins(context.settings) });
