import type { OptionDefinition, OptionGroup } from './definition.ts';
import { GROUPS, optionList } from './table.ts';

/** Columns of the help, and where its texts begin. */
const WIDTH = 100;
const LEFT = 32;
/** Defaults that ask for nothing. */
const NOTHING = ['0', '0s', '0bps', '0,0', '0,0,0,0', '-'];

/** The help of `genlock vid`, by groups; options that do nothing here are named at its end. */
export function vidHelp(): string {
  const shown = optionList.filter(([, { hidden }]) => !hidden);
  const acting = shown.filter(([, { does }]) => typeof does === 'string');
  const missing = shown.filter(([, { does }]) => typeof does !== 'string').map(([name]) => `--${name}`);
  const groups = (Object.keys(GROUPS) as OptionGroup[]).flatMap((group) => {
    const rows = acting.filter(([, definition]) => definition.group === group);
    return rows.length === 0 ? [] : ['', `${heading(group)}:`, ...rows.flatMap(([name, each]) => row(name, each))];
  });
  return [
    'Usage: genlock vid [options]',
    '',
    ...wrap('Record one camera, with the options of rpicam-vid. Overwrites its output file, as that does.', 0),
    ...groups,
    '',
    'Taken, and not available here (each says why):',
    ...wrap(missing.join(', '), 2),
    '',
    ...wrap('Values: --name value, --name=value, -t 20s, -t20s; switches alone or =0, =1. See docs/rpicam-vid.md.', 0),
    '',
  ].join('\n');
}

const heading = (group: OptionGroup): string => (group === 'preview' ? 'Preview' : GROUPS[group]);

/** An option as it is written: `-t, --timeout <time>`. */
export function usage(name: string, { short, value, placeholder = 'value' }: OptionDefinition): string {
  const text = { none: '', optional: ` [${placeholder}]`, required: ` <${placeholder}>` }[value];
  return `${short === undefined ? '' : `-${short}, `}--${name}${text}`;
}

function row(name: string, definition: OptionDefinition): string[] {
  const { short, value, help } = definition;
  const usual = definition.otherwise ?? (value === 'none' ? undefined : definition.default);
  const tells = usual === undefined || NOTHING.includes(usual) ? help : `${help} (${usual})`;
  const left = `  ${short === undefined ? '    ' : ''}${usage(name, definition)}`;
  const [first = '', ...rest] = wrap(tells, LEFT);
  if (left.length > LEFT - 2) return [left, first, ...rest];
  return [left.padEnd(LEFT) + first.trimStart(), ...rest];
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each);
}
