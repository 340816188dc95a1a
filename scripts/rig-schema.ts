/**
 * Writes docs/rig.schema.json, and the tables of fields in docs/rig.md, from the table of a take's options: `npx tsx
 * scripts/rig-schema.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CAMERA_FIELDS } from '../src/options/cameras.ts';
import { RIG_VERSION, rigFields, rigSchema } from '../src/options/rig/fields.ts';
import { publishedText } from './schema-text.ts';

export const RIG_SCHEMA_FILE = 'docs/rig.schema.json';
export const RIG_PAGE = 'docs/rig.md';

const ABOUT =
  'A rig file of genlock, genlock.json: what genlock record is asked for, in JSON with comments. All of it may be left out; docs/rig.md tells more.';

/** The schema as text: JSON Schema 2020-12. */
export const rigSchemaText = (): string =>
  publishedText(rigSchema, { name: 'rig', version: RIG_VERSION, about: ABOUT });

/** The page with its tables as the options are now. */
export function rigPageText(page: string): string {
  const fields = rigFields.map(([name, { kind, help, about, default: usual }]) => {
    const otherwise = usual === undefined ? '' : `\`${JSON.stringify(kind.give?.(usual) ?? usual)}\``;
    return [`\`${name}\``, about ?? help, kind.takes, otherwise];
  });
  const camera = Object.entries(CAMERA_FIELDS).map(([name, { help, takes }]) => [`\`${name}\``, help, takes]);
  const tables = [
    ['fields', table([['field', 'what it says', 'it is', 'default'], ...fields])],
    ['camera', table([['field', 'what it says', 'it is'], ...camera])],
  ] as const;
  return tables.reduce(
    (text, [name, rows]) =>
      text.replace(
        new RegExp(`(<!-- ${name}[^>]*-->\\n)[^]*?(<!-- end of ${name} -->)`),
        (_, head: string, end: string) => `${head}${rows}\n${end}`,
      ),
    page,
  );
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(RIG_SCHEMA_FILE, rigSchemaText());
  writeFileSync(RIG_PAGE, rigPageText(readFileSync(RIG_PAGE, 'utf8')));
}
