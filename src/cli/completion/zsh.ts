import { everyCommand, quoted, type ShellCommand, type ShellOption, type Value } from './model.ts';

/** A script for zsh: `source <(genlock completion zsh)`, or a file `_genlock` in a folder of `fpath`. */
export function zshScript(program: ShellCommand): string {
  return `#compdef genlock
# Completes genlock in zsh: source <(genlock completion zsh)
${everyCommand(program).map(completer).join('\n')}
if [[ $funcstack[1] == _genlock ]]; then
  _genlock "$@"
else
  compdef _genlock genlock
fi
`;
}

const functionOf = ({ path }: ShellCommand): string => ['_genlock', ...path].join('_');

/** The function that completes a command; commands below it have theirs. */
function completer(command: ShellCommand): string {
  const { options, argument, below } = command;
  const specs = options.flatMap(optionSpecs);
  if (below.length === 0) {
    const all = argument === undefined ? specs : [...specs, quoted(`*: :${action(argument)}`)];
    return `${functionOf(command)}() {\n  _arguments ${all.join(' \\\n    ')}\n}`;
  }
  const names = below.map(({ path, help }) => quoted(`${path.at(-1)}:${help.replaceAll(':', '\\:')}`));
  const others = argument === undefined || argument.kind === 'words' ? '' : `\n      ${files(argument)}`;
  return `${functionOf(command)}() {
  local curcontext=$curcontext state line
  _arguments -C ${[...specs, quoted('1: :->command'), quoted('*:: :->rest')].join(' \\\n    ')}
  case $state in
    command)
      local -a commands=(${names.join(' ')})
      _describe command commands${others} ;;
    rest)
      case $words[1] in
${below.map((each) => `        ${each.path.at(-1)}) ${functionOf(each)} ;;`).join('\n')}
      esac ;;
  esac
}`;
}

/** One a way to write it, which excludes the others. */
function optionSpecs({ flags, help, value, optional }: ShellOption): string[] {
  const others = flags.length > 1 ? `(${flags.join(' ')})` : '';
  const about = `[${help.replace(/[[\]\\]/g, '\\$&').replaceAll('\n', ' ')}]`;
  const takes = value === undefined ? '' : `${optional ? '::' : ':'} :${action(value)}`;
  return flags.map((flag) => quoted(`${others}${flag}${about}${takes}`));
}

function action(value: Value): string {
  if (value.kind === 'words') return `(${value.words.join(' ')})`;
  return value.kind === 'other' ? ' ' : files(value);
}

const files = ({ kind }: Value): string => (kind === 'folder' ? '_files -/' : kind === 'file' ? '_files' : ':');
