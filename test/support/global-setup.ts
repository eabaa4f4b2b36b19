import type { TestProject } from 'vitest/node';
import { folderForServers, startTestServers } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the database `postgres` of this run's own server. */
    postgresUrl: string;
    temporalAddress: string;
  }
}

/** The servers that all tests of a run share, in a folder of their own, gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startTestServers(await folderForServers('switchyard-test-'));
  project.provide('postgresUrl', servers.postgresUrl);
  project.provide('temporalAddress', servers.temporalAddress);
  return servers.stop;
}
