/** What can be written after one command. */
export interface CommandWords {
  name: string;
  summary: string;
  flags: readonly string[];
  words: readonly string[];
  /** Whether the name of a queue goes after it. */
  takesQueue: boolean;
}

const namesOfQueues = 'switchyard queues --names 2>/dev/null';
const joined = (words: readonly string[]) => words.join(' ');
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(commands: readonly CommandWords[]): string {
  const cases = commands.map(
    ({ name, flags, words, takesQueue }) =>
      `    ${name}) flags=${quoted(joined(flags))}; words=${quoted(joined(words))}; queues=${takesQueue ? 'yes' : ''} ;;`,
  );
  return `# Completion of switchyard for bash.
_switchyard() {
  local word="\${COMP_WORDS[COMP_CWORD]}" flags='' words='' queues=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W ${quoted(joined(commands.map(({ name }) => name)))} -- "$word")
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ "$word" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  if [ -n "$queues" ]; then
    local queue
    while IFS= read -r queue; do
      [[ "$queue" == "$word"* ]] && COMPREPLY+=("$(printf '%q' "$queue")")
    done < <(${namesOfQueues})
  fi
}
complete -F _switchyard switchyard
`;
}

function zsh(commands: readonly CommandWords[]): string {
  const described = commands.map(
    ({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', ' ')}`)}`,
  );
  const cases = commands.map(
    ({ name, flags, words, takesQueue }) =>
      `    ${name}) flags=(${joined(flags)}); parts=(${joined(words)}); queues=${takesQueue ? 'yes' : ''} ;;`,
  );
  return `#compdef switchyard
# Completion of switchyard for zsh.
_switchyard() {
  local -a names flags parts found
  local queues=''
  names=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' names
    return
  fi
  case "$words[2]" in
${cases.join('\n')}
  esac
  if [[ "$words[CURRENT]" == -* ]]; then
    compadd -- $flags
    return
  fi
  compadd -- $parts
  if [[ -n "$queues" ]]; then
    found=("\${(@f)$(${namesOfQueues})}")
    compadd -- $found
  fi
}
compdef _switchyard switchyard
`;
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, summary, flags, words, takesQueue }) => {
    const after = `-c switchyard -f -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c switchyard -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...flags.map((flag) => `complete ${after} -l ${flag.slice(2)}`),
      ...(words.length === 0 ? [] : [`complete ${after} -a ${quoted(joined(words))}`]),
      ...(takesQueue ? [`complete ${after} -a '(${namesOfQueues})'`] : []),
    ];
  });
  return `# Completion of switchyard for fish.\n${lines.join('\n')}\n`;
}

export const scripts: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash,
  zsh,
  fish,
};
