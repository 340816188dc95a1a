import { UsageError } from '../../errors.ts';
import { readTextSync } from '../../regular-file.ts';
import { type Given, meant } from './grammar.ts';
import { OPTIONS, type OptionName } from './table.ts';

/** What a file of options may have, in bytes: all of them many times over. */
const MOST_BYTES = 1 << 20;

/** Reads the file of `--config`. @throws UsageError that names the file, and the line where one is wrong. */
export function readConfigFile(path: string): Given[] {
  let text: string;
  try {
    text = readTextSync(path, MOST_BYTES);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`--config ${error.message}`);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`--config ${path}: ${code === 'ENOENT' ? 'no such file' : message}`);
  }
  return parseConfig(path, text);
}

/**
 * Reads `name=value` lines; `#` begins a comment, a switch may stand alone. Later lines count over earlier ones.
 * @throws UsageError that names the file and the line.
 */
export function parseConfig(path: string, text: string): Given[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const content = line.replace(/#.*/, '').trim();
    return content === '' ? [] : [parseLine(`${path} line ${index + 1}`, content)];
  });
}

function parseLine(where: string, content: string): Given {
  const [, text = '', value] = /^([^=\s]+)\s*(?:=\s*(.*))?$/.exec(content) ?? [];
  if (text === '' || text.startsWith('-')) {
    throw new UsageError(`${where}: "${content}" is no name=value; names have no dashes before them`);
  }
  const name = named(where, text);
  if (name === 'config') throw new UsageError(`${where}: config can't be given in such a file`);
  const { implicit } = OPTIONS[name];
  const given = value ?? implicit;
  if (given === undefined) throw new UsageError(`${where}: ${name} needs a value: ${name}=...`);
  return { name, text: given, flag: `${where}: ${name}` };
}

function named(where: string, text: string): OptionName {
  try {
    return meant(text);
  } catch (error) {
    throw new UsageError(`${where}: ${(error as Error).message}`);
  }
}
