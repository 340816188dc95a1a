import { expect, it } from 'vitest';
import { longComments } from '../scripts/check-comments.ts';

it('comments that are longer than a line are found, and long code is not', () => {
  const words = 'x'.repeat(120);
  const text = `// ${words}\nconst a = '${words}';\n/**\n * ${words}\n */\n  /** ${words} */\n// ${words.slice(3)}`;
  expect(longComments('a.ts', text)).toEqual(['a.ts:1', 'a.ts:4', 'a.ts:6']);
});
