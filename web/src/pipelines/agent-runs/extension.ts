import { lazy } from 'react';
import type { PageExtension } from '../extension.ts';

/** Agent runs: the lanes of a session, and of each run its question, plan, changes, log and artifacts. */
export const agentRuns: PageExtension = {
  routes: [
    { path: '/agent-runs/:id', component: lazy(() => import('./old-address.tsx')) },
    { path: '/agent-sessions', component: lazy(() => import('./sessions.tsx')) },
    { path: '/agent-sessions/:session', component: lazy(() => import('./session.tsx')) },
  ],
  links: [{ path: '/agent-sessions', label: 'Agent sessions' }],
  jobTitles: [
    {
      queue: 'agent-runs',
      titleOf: ({ columns }) => `Session ${columns['session_id']}, lane ${columns['lane']}`,
    },
  ],
  jobPanels: [
    {
      queue: 'agent-runs',
      title: null,
      replaces: ['question', 'input', 'result'],
      component: lazy(() => import('./run-panels.tsx')),
    },
  ],
};
