import type { Diagnosis } from '../operations/doctor/doctor.ts';
import type { Finding } from '../operations/views.ts';
import { runProcess, type SettingsSource } from '../platform/process.ts';
import type { Settings } from '../platform/settings.ts';
import { engineSettingsSource } from '../settings/engine.ts';
import type { Pipeline } from '../worker/pipeline.ts';
import { systemPipeline } from '../worker/system-pipeline.ts';
import { printAnswer } from './answer.ts';
import { applicationFlag, loadApplication, sourceOf } from './application.ts';
import { type Command, readArguments } from './command.ts';
import { visible } from './visible.ts';

const usage = 'usage: switchyard doctor [--json] [--app FILE]';

export const doctor: Command = {
  help: `${usage}

Looks at the database, at Temporal, at the processes, queues and jobs, changes nothing, and says what is wrong and what to do about it:
docs/doctor.md lists all findings. With --app it knows the queues and migrations of the application in FILE too.

Exit code: 0 when no error was found, also with warnings; 1 when one was; 2 for words that it does not know.

  switchyard doctor
  switchyard doctor --json`,

  async run(args) {
    const { flags } = readArguments(args, usage, {
      options: { json: { type: 'boolean' }, ...applicationFlag },
      words: 0,
    });
    if (flags.app === undefined) return examine(engineSettingsSource, undefined, flags.json);
    const application = await loadApplication(flags.app);
    await examine(sourceOf(application), application.pipelines, flags.json);
  },
};

/** @param pipelines the application's; left out: those of the engine */
function examine(
  source: SettingsSource<Settings>,
  pipelines: readonly Pipeline[] | undefined,
  json = false,
): Promise<void> {
  return runProcess(
    'doctor',
    source,
    async ({ settings, signal }) => {
      signal.addEventListener('abort', () => process.exit(130));
      const { diagnose } = await import('../operations/doctor/doctor.ts');
      const diagnosis = await diagnose({
        settings,
        queues: (pipelines ?? [systemPipeline(settings)]).flatMap(({ queues }) => queues),
        migrations: pipelines?.flatMap((pipeline) => pipeline.migrations ?? []),
      });
      printAnswer({ json: diagnosis, text: textOf(diagnosis) }, json);
      return diagnosis.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
    },
    'stderr',
  );
}

/** As people read it: the worst first, each with its way out, and in the end how much was looked at. */
export function textOf({ findings, made, notMade }: Diagnosis): string {
  const told = findings.filter(({ severity }) => severity !== 'ok').map(paragraphOf);
  const left = notMade === 0 ? '' : `, ${notMade} could not be made`;
  const outcome =
    told.length === 0 ? 'nothing found' : `${told.length} ${told.length === 1 ? 'finding' : 'findings'}`;
  return [...told, `${made} checks${left}: ${outcome}`].join('\n\n');
}

const paragraphOf = ({ severity, code, subject, text, wayOut }: Finding): string =>
  [
    `${severity.toUpperCase()} ${code} — ${shown(subject)}`,
    ...linesOf(text),
    ...(wayOut === null ? [] : linesOf(`→ ${wayOut}`)),
  ].join('\n');

const linesOf = (text: string): string[] => text.split('\n').map((line) => `  ${shown(line)}`);

const shown = (text: string): string => visible(text, Number.POSITIVE_INFINITY);
