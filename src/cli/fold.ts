/** A text in lines of at most so many characters, cut between words; a word that is longer has a line of its own. */
export function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line += (line === '' ? '' : ' ') + word;
  }
  return [...lines, line];
}

/**
 * A text behind a head, its further lines below its first word.
 * @param columns characters a line; undefined where lines may be of any length.
 */
export function hanging(head: string, text: string, columns: number | undefined): string {
  if (columns === undefined) return head + text;
  return head + fold(text, Math.max(20, columns - head.length)).join(`\n${' '.repeat(head.length)}`);
}

/**
 * A text whose further lines are indented.
 * @param columns characters a line, of which the last stays free; undefined where lines may be of any length.
 */
export const indented = (text: string, columns: number | undefined): string =>
  columns === undefined ? text : fold(text, Math.max(20, columns - 3)).join('\n  ');
