import { UsageError } from '../errors.ts';

/** What stands for a hyphen in texts that were set for reading, by its name. */
const DASHES: ReadonlyMap<string, string> = new Map([
  ['\u2010', 'a typographic hyphen'],
  ['\u2011', 'a non-breaking hyphen'],
  ['\u2012', 'a figure dash'],
  ['\u2013', 'an en dash'],
  ['\u2014', 'an em dash'],
  ['\u2015', 'a horizontal bar'],
  ['\u2212', 'a minus sign'],
  ['\uff0d', 'a full-width hyphen'],
]);

/** @throws UsageError for an option that begins with a dash in place of hyphens, as after copying it from a page. */
export function checkDashes(args: readonly string[]): void {
  for (const arg of args) {
    const name = /^-?([\u2010-\u2015\u2212\uff0d])[\u2010-\u2015\u2212\uff0d-]?(?=[a-z][\w-]*(=|$))/iu.exec(arg);
    const dash = name?.[1] === undefined ? undefined : DASHES.get(name[1]);
    if (name === null || dash === undefined) continue;
    const rest = arg.slice(name[0].length);
    const letter = /^[a-z](=|$|[^a-z])/i.test(rest);
    const right = letter ? `-${rest}` : `--${rest}`;
    throw new UsageError(`${arg}: begins with ${dash}; write ${right} with ${letter ? 'a hyphen' : 'two hyphens'}`);
  }
}
