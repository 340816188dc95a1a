import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { circles, readImports, wrongArrows } from '../scripts/check-imports.ts';

const folder = mkdtempSync(join(tmpdir(), 'genlock-rooms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** The imports of a tree with these files. */
function tree(files: Readonly<Record<string, string>>) {
  const root = join(folder, String(count++));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return readImports(root);
}

describe('the rooms', () => {
  const imports = readImports('src');

  it('import what they may, types too, and nothing else; in one order inside run', () => {
    expect(imports.size).toBeGreaterThan(400);
    expect(wrongArrows(imports)).toEqual([]);
  });

  it('import nothing in a circle, types too', () => {
    expect(circles(imports)).toEqual([]);
  });
});

describe('the check of imports', () => {
  it('finds an arrow that is not allowed: of a value, a type, a re-export and an import()', () => {
    for (const text of [
      `import { a } from '../sync/a.ts';`,
      `import type { A } from '../sync/a.ts';`,
      `export * from '../sync/a.ts';`,
      `export const a = () => import('../sync/a.ts');`,
      `export type A = import('../sync/a.ts').A;`,
    ]) {
      const wrong = wrongArrows(tree({ 'time/t.ts': text, 'sync/a.ts': '' }));
      expect(wrong).toEqual(['time/t.ts imports sync/a.ts: no arrow goes there (docs/architecture.md)']);
    }
  });

  it('lets through what is allowed, and what stands beside the rooms', () => {
    const files = { 'sync/a.ts': `import '../time/t.ts'; import '../errors.ts';`, 'time/t.ts': '', 'errors.ts': '' };
    expect(wrongArrows(tree(files))).toEqual([]);
  });

  it('finds what goes against the order inside run', () => {
    const files = {
      'run/stock/a.ts': `import '../take/t.ts';`,
      'run/take/t.ts': `import '../plan/p.ts';`,
      'run/plan/p.ts': '',
    };
    expect(wrongArrows(tree(files))).toHaveLength(1);
    expect(wrongArrows(tree(files))[0]).toContain('run/stock/a.ts imports run/take/t.ts');
  });

  it('names a room, or a folder of run, that stands in no table', () => {
    expect(wrongArrows(tree({ 'attic/a.ts': '', 'run/shed/b.ts': '' }))).toEqual([
      expect.stringMatching(/^attic: a room/),
      expect.stringMatching(/^run\/shed: a folder/),
    ]);
  });

  it('finds a circle of two files, of types alone', () => {
    const files = { 'time/a.ts': `import type { B } from './b.ts';`, 'time/b.ts': `import type { A } from './a.ts';` };
    expect(circles(tree(files))).toHaveLength(1);
    expect(circles(tree(files))[0]).toMatch(
      /circle: time\/(a\.ts -> time\/b\.ts -> time\/a|b\.ts -> time\/a\.ts -> time\/b)\.ts$/,
    );
  });

  it('finds a circle that is joined from outside, and none where two ways lead to one file', () => {
    const round = {
      'a.ts': `import './b.ts';`,
      'b.ts': `import './c.ts';`,
      'c.ts': `export * from './d.ts';`,
      'd.ts': `import './b.ts';`,
    };
    expect(circles(tree(round))).toHaveLength(1);
    const fork = {
      'a.ts': `import './b.ts'; import './c.ts';`,
      'b.ts': `import './d.ts';`,
      'c.ts': `import './d.ts';`,
      'd.ts': '',
    };
    expect(circles(tree(fork))).toEqual([]);
  });
});
