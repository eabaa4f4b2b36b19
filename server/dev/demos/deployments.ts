/** Deployments are of builds. */
export { demo } from './builds.ts';
