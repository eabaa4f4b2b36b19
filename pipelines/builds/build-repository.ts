import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  JobError,
  type JobOutcome,
  type JobRun,
  type Logger,
  type Pool,
  renameFlushed,
  storageError,
} from 'pg-switchyard';
import { asJob, type JobTransitions, type WorkContext, type WorkDone } from 'pg-switchyard/worker';
import { cappedWriter } from '../lib/commands/capped-writer.ts';
import { type RunOptions, runCommand } from '../lib/commands/run-command.ts';
import { CommandFailed } from '../lib/commands/start-command.ts';
import { makeTryFolder } from '../lib/try-folders.ts';
import type { Artifact } from './artifacts.ts';
import { noteRecovery } from './audit.ts';
import { type BuildLog, openBuildLog } from './build-log.ts';
import { packOutput } from './build-output.ts';
import { buildTriesPrefix } from './builds-queue.ts';
import { checkOut } from './checkout.ts';
import { BuildErrorCode } from './error-codes.ts';
import { progressIn } from './output-progress.ts';
import { allowedRepository, type RepositoryRules } from './repository.ts';

const retry = { maxAttempts: 3, initialIntervalMs: 1_000, maxIntervalMs: 10_000 };
const artifactName = 'artifact.tar.gz';

export type BuildActivities = ReturnType<typeof createBuildActivities>;

export interface BuildOptions {
  root: string;
  repositories: RepositoryRules;
  /** Whether submodules are fetched. */
  submodules: boolean;
  command: string;
  /** Whether a row may bring a command of its own. */
  commandOfRow: boolean;
  /** The folder in the repository that becomes the artifact. */
  output: string;
  timeoutMs: number;
  memoryMiB: number;
  logBytes: number;
  artifactBytes: number;
  /** What git and the command see of the environment. */
  env: Readonly<Record<string, string>>;
}

/**
 * Repository → artifact. Each try works in a folder of its own; log and artifact stay in that of the build, the artifact from
 * the moment in which the row succeeds.
 */
export function createBuildActivities(
  deps: { jobs: JobTransitions; pool: Pool; log: Logger },
  options: BuildOptions,
) {
  const { pool } = deps;

  async function work(context: WorkContext): Promise<WorkDone> {
    const { run, attempt } = context;
    const folder = join(options.root, run.jobId);
    const own = await makeTryFolder(folder, buildTriesPrefix, context.scheduledAt).catch(rethrowStorage);
    try {
      if (own.recovers) await noteRecovery(pool, 'BUILD_RECOVERY', run);
      const buildLog = openBuildLog(join(folder, 'build.log'), `--- attempt ${attempt} ---`);
      const artifact = await build(context, own.path, buildLog).finally(() =>
        buildLog.close().catch(rethrowStorage),
      );
      return {
        publish: () => publish(folder, own.path, run, artifact),
        shows: ({ artifact_path: artifactPath }) => ({ artifact: artifactPath, bytes: artifact.bytes }),
        cleanUp: own.remove,
      };
    } catch (error) {
      await own.remove().catch((err: unknown) => context.log.warn({ err }, 'left something to be swept'));
      throw error;
    }
  }

  async function build(context: WorkContext, folder: string, buildLog: BuildLog): Promise<Artifact> {
    const { run, row, signal } = context;
    const home = join(folder, 'home');
    const source = join(folder, 'source');
    for (const path of [home, source]) await mkdir(path).catch(rethrowStorage);
    const repository = await allowedRepository(String(row['repository']), options.repositories);
    const limits = {
      env: { ...options.env, HOME: home, CI: 'true' },
      timeoutMs: options.timeoutMs,
      memoryMiB: options.memoryMiB,
      onOutput: cappedWriter(buildLog.output, options.logBytes),
      signal,
    };
    context.stage('fetch');
    const branch = String(row['branch']);
    const wanted = { branch, commit: textOrUndefined(row['commit_hash']) };
    const { commit, missing } = await checkOut(repository, wanted, source, {
      limits,
      rules: options.repositories,
      submodules: options.submodules,
    });
    for (const sentence of missing) limits.onOutput(Buffer.from(`${sentence}\n`));
    await context.update({ commit_hash: commit }); // at once, so that a retry builds the same
    context.log.info({ commit }, 'the repository is fetched; building');
    const env = { ...limits.env, BUILD_ID: run.jobId, BUILD_BRANCH: branch, BUILD_COMMIT: commit };
    context.stage('build');
    const onOutput = (chunk: Buffer) => {
      const reached = progressIn(chunk.toString());
      if (reached !== undefined) context.say(`build: ${reached}`);
      limits.onOutput(chunk);
    };
    await runBuild(commandOf(row, options), source, { ...limits, onOutput, env }, missing);
    context.stage('pack');
    return packOutput(source, options.output, join(folder, artifactName), options.artifactBytes);
  }

  return {
    buildRepository: (run: JobRun): Promise<JobOutcome> => asJob({ ...deps, retry }, run, work),
  };
}

const textOrUndefined = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

const rethrowStorage = (error: unknown): never => {
  throw storageError('the folder of the build cannot be written', error, { final: false });
};

const failed = (why: string, cause?: unknown) =>
  new JobError(BuildErrorCode.BUILD_FAILED, why, { retryable: false, cause });

function commandOf(row: Record<string, unknown>, options: BuildOptions): string {
  const own = textOrUndefined(row['build_command']);
  if (own === undefined) return options.command;
  if (!options.commandOfRow)
    throw failed('the row brings a build_command, and BUILD_COMMAND_OVERRIDE is off');
  return own;
}

/** @param missing what the command may have failed for */
async function runBuild(
  command: string,
  cwd: string,
  limits: Omit<RunOptions, 'command' | 'args' | 'cwd'>,
  missing: readonly string[],
): Promise<void> {
  try {
    await runCommand({ ...limits, command: 'sh', args: ['-c', command], cwd });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const why = [`the build command: ${error.message}`, ...missing].join('; ');
    // That no program can be started is not the build's fault, and may pass.
    throw new JobError(BuildErrorCode.BUILD_FAILED, why, {
      retryable: error.reason === 'start',
      cause: error,
    });
  }
}

async function publish(
  folder: string,
  tryFolder: string,
  { jobId }: JobRun,
  { bytes, sha256 }: Artifact,
): Promise<Record<string, unknown>> {
  const from = join(tryFolder, artifactName).slice(folder.length + 1);
  await renameFlushed(folder, from, artifactName).catch(rethrowStorage);
  return { artifact_path: join(jobId, artifactName), artifact_bytes: bytes, artifact_sha256: sha256 };
}
