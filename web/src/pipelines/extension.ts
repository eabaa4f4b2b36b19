import type { ComponentType } from 'react';
import type { JobDetail } from '../api/types.ts';

/**
 * What a pipeline adds to the page. Its folder exports one, and `pipelines/index.ts` lists it; nothing else of the page knows it. What
 * it shows is loaded when it is needed (`lazy`).
 */
export interface PageExtension {
  /** Views of its own, by path: `/builds`, `/builds/:id`. Parameters come as props of type string. */
  routes?: readonly ExtensionRoute[];
  /** Beside every view. */
  everywhere?: ComponentType;
  /** Links in the navigation, below those of the page. */
  links?: readonly { path: string; label: string }[];
  /** What people know a job by, where that is more than its label. */
  jobTitles?: readonly { queue: string; titleOf: (job: JobDetail) => string }[];
  /** Shown on the view of a job, below its state and above its events, in this order. */
  jobPanels?: readonly JobPanel[];
  /** Buttons beside the title of a queue: an upload, a form. */
  queueActions?: readonly { queue: string; component: ComponentType<{ queue: string }> }[];
  /** Shown on the view of a queue, above its jobs. */
  queuePanels?: readonly { queue: string; component: ComponentType<{ queue: string }> }[];
}

interface ExtensionRoute {
  path: string;
  // biome-ignore lint/suspicious/noExplicitAny: each view names the parameters of its own path
  component: ComponentType<any>;
}

export interface JobPanel {
  queue: string;
  /** The heading of the panel; null: the component has its own. */
  title: string | null;
  /** Instead of the general view of the question, input or result. */
  replaces?: readonly ('question' | 'input' | 'result')[];
  component: ComponentType<{ job: JobDetail }>;
}
