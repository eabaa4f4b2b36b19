export const taskQueue = 'replace-your-outbox';
