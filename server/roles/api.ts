import { type ApiPlugin, runApi } from 'pg-switchyard/api';
import { agentRunRoutes } from '../../pipelines/agent-runs/api/plugin.ts';
import { buildRoutes } from '../../pipelines/builds/api/plugin.ts';
import { invoiceRoutes } from '../../pipelines/invoices/api/plugin.ts';
import type { InvoiceApiSettings } from '../../pipelines/invoices/settings.ts';
import type { ServerContext } from '../process.ts';
import { defineQueues } from '../queues.ts';
import type { Settings } from '../settings.ts';

/** What the API has besides the routes of the engine. */
export const apiPlugins = (
  settings: InvoiceApiSettings & Pick<Settings, 'resultRoot' | 'buildRoot'>,
): ApiPlugin[] => [invoiceRoutes(settings), agentRunRoutes(settings), buildRoutes(settings)];

export const api = (context: ServerContext): Promise<void> =>
  runApi(context, { queues: defineQueues(context.settings), plugins: apiPlugins(context.settings) });
