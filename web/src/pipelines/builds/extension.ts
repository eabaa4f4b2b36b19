import { lazy } from 'react';
import type { PageExtension } from '../extension.ts';

/** Builds: their logs as they grow, and what is live where. */
export const builds: PageExtension = {
  routes: [{ path: '/environments', component: lazy(() => import('./environments.tsx')) }],
  links: [{ path: '/environments', label: 'Environments' }],
  jobPanels: [{ queue: 'builds', title: null, component: lazy(() => import('./build-log.tsx')) }],
};
