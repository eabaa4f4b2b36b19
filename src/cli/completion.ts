import { type Command, type Entry, readArguments, UsageError } from './command.ts';
import { type CommandWords, scripts } from './completion-scripts.ts';

const usage = 'usage: switchyard completion bash|zsh|fish';

/** The command for these commands. */
export const completionOf = (commands: ReadonlyMap<string, Entry>): Command => ({
  help: `${usage}

Prints what has a shell complete commands, flags and the names of queues, which it reads from the database of DATABASE_URL.

  source <(switchyard completion bash)                                      # in ~/.bashrc
  source <(switchyard completion zsh)                                       # in ~/.zshrc, after compinit
  switchyard completion fish > ~/.config/fish/completions/switchyard.fish`,

  async run(args) {
    const { words } = readArguments(args, usage, { options: {}, words: 1 });
    const [shell = ''] = words;
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (script === undefined)
      throw new UsageError(`the shell must be bash, zsh or fish; got ${JSON.stringify(shell)}\n${usage}`);
    process.stdout.write(script(await allWords(commands)));
  },
});

/** The words of all commands, as their help has them. */
function allWords(commands: ReadonlyMap<string, Entry>): Promise<CommandWords[]> {
  return Promise.all(
    [...commands].map(async ([name, { summary, load }]) => {
      const { help } = await load();
      const [call = ''] = help.split('\n\n');
      return {
        name,
        summary,
        flags: [...new Set(help.match(/(?<![\w-])--[a-z][a-z-]*/g))],
        words: partsOf(name, call),
        takesQueue: /\bQUEUE\b/.test(call.replaceAll(/--[a-z-]+ [A-Z]+/g, '')) || name === 'drop-queue',
      };
    }),
  );
}

/** The small words that go after the command: `create`, `list`, `revoke`. */
function partsOf(name: string, call: string): string[] {
  const after = [...call.matchAll(new RegExp(`switchyard ${name} ([a-z|]+)`, 'g'))];
  return [...new Set(after.flatMap(([, words = '']) => words.split('|')))];
}
