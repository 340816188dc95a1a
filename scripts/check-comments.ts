/**
 * Checks that comments end where code does, at 120 columns: `npx tsx scripts/check-comments.ts`. The formatter leaves
 * them alone. Prints a line a finding, and exits with 1 where there is any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDERS = ['src', 'test', 'bench', 'scripts', 'examples'];
const SOURCE = /\.(ts|mjs|js)$/;
const COMMENT = /^\s*(\/\/|\/?\*)/;
const COLUMNS = 120;

/** Lines of comments that are too long, as `file:line`. */
export const longComments = (file: string, text: string): string[] =>
  text.split('\n').flatMap((line, i) => (line.length > COLUMNS && COMMENT.test(line) ? `${file}:${i + 1}` : []));

/** The sources of the project. */
function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => SOURCE.test(file) && !file.startsWith('fixtures'))
      .map((file) => `${folder}/${file}`),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = sources().flatMap((file) => longComments(file, readFileSync(file, 'utf8')));
  for (const place of found) console.error(`${place}: a comment of more than ${COLUMNS} columns`);
  if (found.length > 0) process.exitCode = 1;
}
