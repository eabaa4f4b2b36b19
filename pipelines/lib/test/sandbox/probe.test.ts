import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { testSandbox } from '../../../../test/support/sandbox.ts';

const { sandbox, note } = testSandbox;

/** What a process finds out whose own /proc is covered in part, as that of a container is. */
function probeWhereProcIsMasked(): string {
  const script = `
    import { probeSandbox } from './pipelines/lib/sandbox/probe.ts';
    import { runCommand } from './pipelines/lib/commands/run-command.ts';
    const sandbox = await probeSandbox({ readable: [], program: ${JSON.stringify(sandbox?.program)} });
    const { stdout } = await runCommand({
      command: 'sh', args: ['-c', 'echo /proc/*'], cwd: '/', env: { PATH: '/usr/bin:/bin' }, memoryMiB: 256,
      signal: new AbortController().signal, confinement: { sandbox, policy: { writable: [] } },
    });
    console.log(sandbox.hasProc, stdout.trim());`;
  const masked = `mount -t tmpfs none /proc/acpi 2>/dev/null || mount -t tmpfs none /proc/irq; exec "$0" --input-type=module -e "$1"`;
  return execFileSync('unshare', ['--mount', 'sh', '-c', masked, process.execPath, script], {
    cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
    encoding: 'utf8',
  });
}

describe.runIf(sandbox)(`a sandbox${note}`, () => {
  test.runIf(process.getuid?.() === 0)(
    'has no /proc at all where the kernel refuses it one of its own, rather than that of others',
    () => {
      expect(probeWhereProcIsMasked()).toBe('false /proc/*\n');
    },
  );
});
