import { lazy } from 'react';
import type { PageExtension } from '../extension.ts';
import { DropAnywhere } from './drop-anywhere.tsx';
import { UploadPanel } from './upload-panel.tsx';

/** Invoices: PDFs dropped anywhere, the PDF of a job beside its XML, and the mapping editor. */
export const invoices: PageExtension = {
  everywhere: DropAnywhere,
  routes: [{ path: '/mappings', component: lazy(() => import('./mapping-editor.tsx')) }],
  links: [{ path: '/mappings', label: 'Mappings' }],
  queuePanels: [{ queue: 'invoices', component: UploadPanel }],
  jobPanels: [
    {
      queue: 'invoices',
      title: null,
      replaces: ['result'],
      component: lazy(() => import('./pdf-and-xml.tsx')),
    },
  ],
};
