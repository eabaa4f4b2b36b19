import type { PageExtension } from './extension.ts';

/** What the shipped pipelines add to the page. */
export const extensions: readonly PageExtension[] = [];
