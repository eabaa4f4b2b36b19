export * from '../../support/watched/workflows.ts';
export * from './example/workflows.ts';
