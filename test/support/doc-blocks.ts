import { readFileSync } from 'node:fs';

/** A block of code on a page of the documentation. */
export interface DocBlock {
  readonly language: string;
  readonly code: string;
  /** Its first line that says something. */
  readonly title: string;
}

/** The blocks of a page that are in one of these languages, in order. */
export function docBlocks(page: string, languages: readonly string[]): DocBlock[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```(\w+)\n(.*?)```/gs)];
  return blocks
    .map(([, language = '', code = '']) => ({ language, code, title: titleOf(code) }))
    .filter(({ language }) => languages.includes(language));
}

const titleOf = (code: string): string =>
  code.split('\n').find((line) => !/^(import .*|from .*|\/\*\*.*|export const .*|)$/.test(line)) ?? '';
