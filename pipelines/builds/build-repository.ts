import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FileStore,
  JobError,
  type JobOutcome,
  type JobRun,
  type Logger,
  type Pool,
  type StoredFile,
  storageError,
} from 'pg-switchyard';
import {
  asJob,
  type JobTransitions,
  type System,
  type WorkContext,
  type WorkDone,
} from 'pg-switchyard/worker';
import { cappedWriter } from '../lib/commands/capped-writer.ts';
import { type RunOptions, runCommand } from '../lib/commands/run-command.ts';
import { CommandFailed } from '../lib/commands/start-command.ts';
import { leaveToSweep } from '../lib/leave-to-sweep.ts';
import { type Confine, unconfined } from '../lib/sandbox/policy.ts';
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
const logName = 'build.log';

export type BuildActivities = ReturnType<typeof createBuildActivities>;

export interface BuildOptions {
  root: string;
  /** Where artifacts are kept. */
  artifacts: FileStore;
  /** Where the log is kept once a try is over; left out: where it was written. */
  logs?: FileStore | undefined;
  /** What is known of that store as a whole. */
  storageSystem: System;
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
  mostProcesses?: number;
  /** The sandbox of git and the command; left out: they have none. */
  confine?: Confine;
  /** What the command may reach over the network, `host:port` each. */
  egress?: readonly string[];
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
      const buildLog = openBuildLog(join(folder, logName), `--- attempt ${attempt} ---`);
      const artifact = await build(context, own.path, buildLog).finally(async () => {
        await buildLog.close().catch(rethrowStorage);
        await keepLog(context, folder);
      });
      const placed = await place(context, { path: join(own.path, artifactName), ...artifact });
      return {
        publish: async () => ({
          artifact_path: await placed.publish().catch(rethrowStorage),
          artifact_bytes: artifact.bytes,
          artifact_sha256: artifact.sha256,
        }),
        shows: ({ artifact_path: artifactPath }) => ({ artifact: artifactPath, bytes: artifact.bytes }),
        cleanUp: own.remove,
      };
    } catch (error) {
      await own.remove().catch(leaveToSweep(context));
      throw error;
    }
  }

  function place(context: WorkContext, file: StoredFile) {
    const name = join(context.run.jobId, artifactName);
    const placing = () => options.artifacts.place(name, file, { mayMove: true }).catch(rethrowStorage);
    return options.storageSystem.call(context, placing);
  }

  /** What a build says is worth less than what it makes: it fails none. */
  async function keepLog({ run, log }: WorkContext, folder: string): Promise<void> {
    if (options.logs === undefined) return;
    const content = createReadStream(join(folder, logName));
    await options.logs.put(join(run.jobId, logName), content).catch((error: unknown) => {
      log.warn({ err: error }, 'the log of the build could not be kept');
    });
    content.destroy();
  }

  async function build(context: WorkContext, folder: string, buildLog: BuildLog): Promise<Artifact> {
    const { run, row, signal } = context;
    const home = join(folder, 'home');
    const source = join(folder, 'source');
    const temporary = join(folder, 'tmp');
    for (const path of [home, source, temporary]) await mkdir(path).catch(rethrowStorage);
    const repository = await allowedRepository(String(row['repository']), options.repositories);
    const limits = {
      env: { ...options.env, HOME: home, CI: 'true' },
      timeoutMs: options.timeoutMs,
      memoryMiB: options.memoryMiB,
      ...(options.mostProcesses !== undefined && { mostProcesses: options.mostProcesses }),
      onOutput: cappedWriter(buildLog.output, options.logBytes),
      signal,
    };
    const confine = options.confine ?? unconfined;
    context.stage('fetch');
    const branch = String(row['branch']);
    const wanted = { branch, commit: textOrUndefined(row['commit_hash']) };
    const { commit, missing } = await checkOut(repository, wanted, source, {
      limits: { ...limits, confine, writable: [source, home] },
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
    const confinement = confine({ writable: [source, home], temporary, egress: options.egress ?? [] });
    await runBuild(commandOf(row, options), source, { ...limits, onOutput, env, confinement }, missing);
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
