import type { ShellCommand, ShellOption, Value } from './model.ts';

/** A script for fish: `genlock completion fish | source`. */
export function fishScript(program: ShellCommand): string {
  return `# Completes genlock in fish: genlock completion fish | source
function __genlock_is --argument-names command below
    set -l words (commandline -opc)
    test "$words[2]" = "$command"; or return 1
    test -z "$below"; or contains -- $below $words[3..-1]
end
complete -c genlock -f
${lines(program).join('\n')}
`;
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

function lines(command: ShellCommand): string[] {
  const { path, options, argument, below } = command;
  const [name = '', ...rest] = path;
  const not = below
    .filter((each) => each.path.length > 1)
    .map((each) => `; and not __genlock_is ${each.path.join(' ')}`);
  const here = `complete -c genlock -n ${quoted(`__genlock_is ${[name === '' ? '""' : name, ...rest].join(' ')}${not.join('')}`)}`;
  return [
    ...below.map(({ path: each, help }) => `${here} -a ${each.at(-1)} -d ${quoted(help)}`),
    ...options.map((option) => `${here} ${written(option)}`),
    ...(argument === undefined ? [] : argumentLine(here, argument)),
    ...below.flatMap(lines),
  ];
}

function written({ flags, help, value, optional }: ShellOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...(value === undefined ? [] : valueWords(value, optional)), '-d', quoted(help)].join(' ');
}

function valueWords(value: Value, optional: boolean): string[] {
  if (value.kind === 'words') return [optional ? '' : '-x', '-a', quoted(value.words.join(' '))].filter(Boolean);
  if (value.kind === 'other') return optional ? [] : ['-x'];
  return value.kind === 'folder' ? ['-x', '-a', quoted('(__fish_complete_directories)')] : [optional ? '-F' : '-r -F'];
}

function argumentLine(here: string, value: Value): string[] {
  if (value.kind === 'other') return [];
  if (value.kind === 'words') return [`${here} -a ${quoted(value.words.join(' '))}`];
  return [value.kind === 'file' ? `${here} -F` : `${here} -a ${quoted('(__fish_complete_directories)')}`];
}
