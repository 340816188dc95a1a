import { styleText } from 'node:util';
import { Option } from 'commander';
import { screenColumns } from './terminal-size.ts';

/** When a command colours what it says. */
type ColourWhen = 'auto' | 'always' | 'never';

/** How a text can look. */
export type Style = Parameters<typeof styleText>[0];

/** Makes a text look so, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** What of a stream is asked here. */
type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'hasColors'>;

/** `--color`, of every command that colours. */
export const colourOption = (): Option =>
  new Option('--color <when>', 'colours: where there is a terminal (auto), always or never')
    .choices(['auto', 'always', 'never'] satisfies ColourWhen[])
    .default('auto');

/**
 * Colours on a terminal that has some; NO_COLOR takes them away and FORCE_COLOR has them elsewhere too, unless the
 * command line says which.
 */
export function paintFor(when: string | undefined, output: Output, env = process.env): Paint {
  return isColoured(when, output, env) ? (style, text) => styleText(style, text, { validateStream: false }) : plain;
}

/** How figures stand on an output: coloured, and as wide as its terminal. */
const onOutput =
  (output: NodeJS.WriteStream) =>
  (when: string | undefined): { paint: Paint; columns: number | undefined } => ({
    paint: paintFor(when, output),
    columns: screenColumns(output),
  });

export const onStdout = onOutput(process.stdout);
export const onStderr = onOutput(process.stderr);

/** No colours. */
export const plain: Paint = (_, text) => text;

function isColoured(when: string | undefined, output: Output, { FORCE_COLOR, NO_COLOR }: NodeJS.ProcessEnv): boolean {
  if (when === 'always' || when === 'never') return when === 'always';
  if (FORCE_COLOR !== undefined) return !['0', 'false'].includes(FORCE_COLOR);
  if (NO_COLOR) return false;
  return output.isTTY === true && output.hasColors();
}
