import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FileStore,
  hashFile,
  JobError,
  type JobOutcome,
  type JobRun,
  type Logger,
  OutsideStore,
  type Pool,
  storageError,
} from 'pg-switchyard';
import {
  asJob,
  DatabaseAway,
  type JobTransitions,
  JobWait,
  type RequireMine,
  requireMineBy,
  rethrowDatabaseError,
  type System,
  type WorkContext,
  type WorkDone,
} from 'pg-switchyard/worker';
import { leaveToSweep } from '../lib/leave-to-sweep.ts';
import { makeTryFolder } from '../lib/try-folders.ts';
import { NoArtifact, unpackArtifact } from './artifacts.ts';
import { noteRecovery } from './audit.ts';
import { BuildErrorCode } from './error-codes.ts';
import { Releases, tryPrefix } from './releases.ts';

const retry = { maxAttempts: 3, initialIntervalMs: 1_000, maxIntervalMs: 10_000 };
/** How soon a deployment looks again at a build that was set back after it was claimed. */
const lookAgainMs = 1_000;

export type DeploymentActivities = ReturnType<typeof createDeploymentActivities>;

export interface DeploymentOptions {
  root: string;
  /** Where artifacts are kept. */
  artifacts: FileStore;
  /** What is known of that store as a whole. */
  storageSystem: System;
  /** How many releases an environment keeps. */
  keep: number;
  /** The largest artifact, unpacked. */
  artifactBytes: number;
}

interface BuildRow {
  id: string;
  status: string;
  artifact_path: string;
  artifact_sha256: string;
  error: string | null;
}

/** Artifact → live version. The row names build and environment. */
export function createDeploymentActivities(
  deps: { jobs: JobTransitions; pool: Pool; log: Logger },
  options: DeploymentOptions,
) {
  const { pool } = deps;

  async function work(context: WorkContext): Promise<WorkDone> {
    const { run, row } = context;
    context.stage('unpack');
    const environment = environmentOf(row);
    const build = await succeededBuild(String(row['build_id']));
    const releases = new Releases(options.root, environment);
    const name = `build-${build.id}-${build.artifact_sha256.slice(0, 12)}`;
    const own = await makeTryFolder(releases.folder, `${tryPrefix}${run.jobId}-`, context.scheduledAt).catch(
      rethrowStorage,
    );
    try {
      if (own.recovers) await noteRecovery(pool, 'DEPLOYMENT_RECOVERY', run);
      if (!(await releases.has(name))) await unpackFrom(context, build, own.path);
    } catch (error) {
      await own.remove().catch(leaveToSweep(context));
      throw error;
    }
    return {
      publish: async (tx) => {
        context.stage('switch');
        await makeLive(releases, { name, unpacked: own.path }, requireMineBy(tx)).catch(rethrowStorage);
        return { release_path: join(environment, 'releases', name) };
      },
      shows: ({ release_path: release }) => ({ environment, release }),
      cleanUp: async () => {
        await own.remove();
        await releases.removeOld();
      },
    };
  }

  async function unpackFrom(context: WorkContext, build: BuildRow, folder: string): Promise<void> {
    const copy = `${folder}.tar.gz`;
    try {
      const file = await options.storageSystem.call(context, () =>
        artifactOf(build, options.artifacts, copy),
      );
      await unpack(build, file, folder, options);
    } finally {
      await rm(copy, { force: true }).catch(leaveToSweep(context));
    }
  }

  /**
   * Others may be deploying elsewhere, nobody else here: the row is locked, and the only one that is ongoing. Of a worker that
   * freezes Postgres ends the transaction, which then answers no more.
   */
  async function makeLive(
    releases: Releases,
    { name, unpacked }: { name: string; unpacked: string },
    requireMine: RequireMine,
  ): Promise<void> {
    await releases.add(name, unpacked);
    await releases.switchTo(name, requireMine);
    await releases.retire(options.keep, requireMine);
  }

  async function succeededBuild(id: string): Promise<BuildRow> {
    const { rows } = await pool
      .query<BuildRow>(
        'SELECT id, status, artifact_path, artifact_sha256, error FROM public.builds WHERE id = $1',
        [id],
      )
      .catch(rethrowDatabaseError);
    const build = rows[0];
    if (build === undefined) throw failed(`there is no build ${id}`);
    if (build.status === 'succeeded') return build;
    if (build.status === 'pending' || build.status === 'ongoing')
      throw new JobWait(`build ${id} is ${build.status}`, lookAgainMs);
    throw failed(
      `build ${id} has not succeeded: it is ${build.status}${build.error ? `, ${build.error}` : ''}`,
    );
  }

  return {
    deployBuild: (run: JobRun): Promise<JobOutcome> => asJob({ ...deps, retry }, run, work),
  };
}

const failed = (why: string, cause?: unknown) =>
  new JobError(BuildErrorCode.DEPLOYMENT_FAILED, why, { retryable: false, cause });

const rethrowStorage = (error: unknown): never => {
  if (error instanceof DatabaseAway) throw error;
  throw storageError('the folder of the environment cannot be written', error, { final: false });
};

/** The name of a folder. */
function environmentOf(row: Record<string, unknown>): string {
  const name = String(row['environment']);
  if (/^[A-Za-z0-9][\w.-]{0,62}$/.test(name)) return name;
  throw failed(
    'the environment must be 1 to 63 letters, digits, "_", "-" and ".", beginning with a letter or digit',
  );
}

/** A file of this machine: the artifact itself, or a copy of it. */
async function artifactOf(build: BuildRow, artifacts: FileStore, copy: string): Promise<string> {
  const { path } = await artifacts.local(build.artifact_path, copy).catch((error: unknown) => {
    if (error instanceof OutsideStore)
      throw failed(`the artifact of build ${build.id} lies outside BUILD_ROOT`);
    throw storageError(`the artifact of build ${build.id} cannot be read`, error, { final: true });
  });
  return path;
}

async function unpack(
  build: BuildRow,
  file: string,
  folder: string,
  options: DeploymentOptions,
): Promise<void> {
  if ((await hashFile(file)).sha256 !== build.artifact_sha256)
    throw failed(`the artifact of build ${build.id} is not the one that it made: its hash differs`);
  try {
    await unpackArtifact(file, folder, options.artifactBytes);
  } catch (error) {
    if (error instanceof NoArtifact)
      throw failed(`the artifact of build ${build.id}: ${error.message}`, error);
    throw rethrowStorage(error);
  }
}
