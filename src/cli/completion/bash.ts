import { everyCommand, quoted, type ShellCommand, type Value } from './model.ts';

/** A script for bash, 3.2 or newer: `source <(genlock completion bash)`. */
export function bashScript(program: ShellCommand): string {
  const commands = everyCommand(program);
  const below = commands.flatMap(({ path }) => (path.length > 0 ? [quoted(['', ...path].join(' '))] : []));
  return `# Completes genlock in bash: source <(genlock completion bash)
_genlock_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$2")
}
_genlock_files() {
  local file
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen "$1" -- "$2")
  compopt -o filenames 2>/dev/null
}
_genlock() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command= i
  COMPREPLY=()
  # --name=value comes in three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]] && ((COMP_CWORD > 2)); then prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
      ${below.join(' | ')}) command="$command \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$command $prev" in
${commands.flatMap(values).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case "$command" in
${commands.map(flags).join('\n')}
    esac
    return
  fi
  case "$command" in
${commands.map(rest).join('\n')}
  esac
}
complete -F _genlock genlock
`;
}

const place = ({ path }: ShellCommand): string => path.map((name) => ` ${name}`).join('');

/** What follows an option that takes a value; options that may stand alone go on as if nothing was there. */
function values(command: ShellCommand): string[] {
  const lines = new Map<string, string[]>();
  for (const { flags, value, optional } of command.options) {
    if (value === undefined || (optional && value.kind === 'other')) continue;
    const work = `${completed(value)}${optional ? '' : 'return'}`;
    lines.set(work, [...(lines.get(work) ?? []), ...flags.map((flag) => quoted(`${place(command)} ${flag}`))]);
  }
  return [...lines].map(([work, patterns]) => `    ${patterns.join(' | ')}) ${work} ;;`);
}

function completed(value: Value): string {
  if (value.kind === 'words') return `_genlock_words ${quoted(value.words.join(' '))} "$cur"; `;
  if (value.kind === 'other') return '';
  return `_genlock_files ${value.kind === 'file' ? '-f' : '-d'} "$cur"; `;
}

const flags = (command: ShellCommand): string => {
  const all = command.options.flatMap((option) => option.flags).filter((flag) => flag.startsWith('--'));
  return `      ${quoted(place(command))}) _genlock_words ${quoted(all.join(' '))} "$cur" ;;`;
};

/** What stands without a dash: commands below, and arguments. */
function rest(command: ShellCommand): string {
  const names = command.below.map(({ path }) => path.at(-1) as string);
  const below = names.length > 0 ? completed({ kind: 'words', words: names }) : '';
  const argument = command.argument === undefined ? '' : completed(command.argument);
  return `    ${quoted(place(command))}) ${below}${argument}:;;`;
}
