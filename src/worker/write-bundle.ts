import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { bundleWorkflowCode } from '@temporalio/worker';
import { wantsTraces } from '../platform/tracing.ts';

/** What makes spans of workflows; a bundle has it only where traces are asked for. */
const tracedWorkflows = () =>
  createRequire(import.meta.url).resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors');

/** What of a data converter stands in the bundle. */
export type ConverterPaths = Pick<DataConverter, 'payloadConverterPath'>;

/** Bundles the workflows that `entry` exports into `path`; whoever reads it sees it whole or not at all. */
export async function writeBundle(
  entry: string,
  path: string,
  converter: ConverterPaths = {},
): Promise<void> {
  const { payloadConverterPath } = converter;
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    ...(payloadConverterPath !== undefined && { payloadConverterPath }),
    ...(wantsTraces() && { workflowInterceptorModules: [tracedWorkflows()] }),
  });
  const temporary = `${path}.${process.pid}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, code);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
