import { agentRuns } from './agent-runs/extension.ts';
import { builds } from './builds/extension.ts';
import type { PageExtension } from './extension.ts';
import { invoices } from './invoices/extension.ts';

/** What the shipped pipelines add to the page. */
export const extensions: readonly PageExtension[] = [invoices, agentRuns, builds];
