import type { Settings as EngineSettings } from 'pg-switchyard';
import {
  folder,
  listOf,
  MiB,
  oneOf,
  type Settings,
  setting,
  text,
  type Values,
  wholeNumber,
} from 'pg-switchyard/settings';
import type { CommandSettings } from '../lib/commands/settings.ts';
import type { QueueSettings } from '../lib/queue-settings.ts';
import { egressList } from '../lib/sandbox/settings.ts';

export const buildSettings = {
  buildRoot: folder('BUILD_ROOT', '.data/builds', 'Where builds work, and keep their logs and artifacts'),
  buildRepositories: setting(
    'BUILD_REPOSITORIES',
    listOf(/^(https?|ssh):\/\/[\w.:-]+$/),
    'a comma-separated list of addresses without a path, such as https://github.com (default none)',
    'The schemes and hosts from which repositories may be fetched',
  ),
  buildLocalRoots: setting(
    'BUILD_LOCAL_ROOTS',
    listOf(/^\//),
    'a comma-separated list of folders, absolute (default none)',
    'The folders below which repositories may lie',
  ),
  buildCommand: text('BUILD_COMMAND', 'sh build.sh', 'What builds a repository, run by sh in its folder'),
  buildCommandOverride: oneOf(
    'BUILD_COMMAND_OVERRIDE',
    ['on', 'off'],
    'off',
    'Whether the column build_command of a row goes before BUILD_COMMAND',
  ),
  buildEgress: egressList(
    'BUILD_EGRESS',
    'What the command of a build in the sandbox may reach over the network; git reaches the host of its repository',
  ),
  buildOutput: text('BUILD_OUTPUT', 'dist', 'The folder in the repository that becomes the artifact'),
  buildSubmodules: oneOf(
    'BUILD_SUBMODULES',
    ['off', 'on'],
    'off',
    'Whether the submodules of a repository are fetched, too, by the rules of BUILD_REPOSITORIES and BUILD_LOCAL_ROOTS; off: the log of the build names those that are missing',
  ),
  buildTimeoutMs: wholeNumber(
    'BUILD_TIMEOUT',
    600_000,
    100,
    43_200_000,
    'milliseconds',
    'How long fetching the repository, and then building it, may take',
  ),
  buildMemoryMiB: wholeNumber(
    'BUILD_MEMORY',
    2048,
    16,
    1_048_576,
    'MiB',
    'How much memory the processes of one build may hold together',
  ),
  buildConcurrency: wholeNumber(
    'BUILD_CONCURRENCY',
    2,
    1,
    1000,
    'builds',
    'How many builds one worker runs at once',
  ),
  buildLogBytes: wholeNumber(
    'BUILD_LOG_BYTES',
    10 * MiB,
    1,
    1024 * MiB,
    'bytes',
    'How much of what git and the build say in one try, together, is kept in the log',
  ),
  buildArtifactBytes: wholeNumber(
    'BUILD_ARTIFACT_BYTES',
    1024 * MiB,
    1,
    1024 * 1024 * MiB,
    'bytes',
    'The largest output of a build, unpacked',
  ),
  deployRoot: folder(
    'DEPLOY_ROOT',
    '.data/deployments',
    'Where deployments go: `<environment>/current` is what is live',
  ),
  deployKeep: wholeNumber(
    'DEPLOY_KEEP',
    5,
    1,
    1000,
    'releases',
    'How many releases an environment keeps, the live one among them',
  ),
} satisfies Settings;

export type BuildSettings = EngineSettings & QueueSettings & CommandSettings & Values<typeof buildSettings>;
