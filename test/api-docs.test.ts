import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { apiFindings } from '../scripts/check-docs.ts';

const folder = mkdtempSync(join(tmpdir(), 'genlock-api-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is found in a module that exports this, beside one that it imports from. */
function found(text: string, beside = ''): string[] {
  const [entry, other] = [join(folder, 'entry.ts'), join(folder, 'beside.ts')];
  writeFileSync(other, beside);
  writeFileSync(entry, text);
  return apiFindings([entry]).map((line) => line.replace(/^.*entry\.ts:/, ''));
}

describe('the check of what the API says', () => {
  it('finds nothing where all is told of', () => {
    const text = `
      /** A size. */
      export interface Size {
        /** In pixels. */
        readonly width: number;
      }
      /** Grows. */
      export class Plant {
        /** How large it is. */
        readonly size: Size = { width: 1 };
        #hidden = 1;
        private alsoHidden = 2;
        /** Grows by so much. */
        grow(by: Size): Size { return { width: by.width + this.#hidden + this.alsoHidden }; }
      }`;
    expect(found(text)).toEqual([]);
  });

  it.each([
    ['an exported function', 'export function grow(): void {}', '1: grow does not say what it is'],
    ['an exported constant', 'export const SIZE = 3;', '1: SIZE does not say what it is'],
    ['an exported type', "export type Mode = 'on' | 'off';", '1: Mode does not say what it is'],
    [
      'a member of an interface',
      '/** A size. */\nexport interface Size { readonly width: number }',
      '2: Size.width does not say what it is',
    ],
    ['a method', '/** A plant. */\nexport class Plant { grow(): void {} }', '2: Plant.grow does not say what it is'],
    [
      'an option of a table',
      '/** T. */\nexport const T = {\n  /** W. */\n  width: 1,\n  height: 2,\n};\n/** A. */\nexport type A = { readonly [N in keyof typeof T]?: number };',
      '5: A.height does not say what it is',
    ],
  ])('finds %s without a word', (_, text, finding) => {
    expect(found(text)).toEqual([finding]);
  });

  it.each([
    ['a parameter', 'export const f = (of: Hidden): number => of.a;'],
    ['what is returned, also where that is inferred', 'export const f = (): Hidden => ({ a: 1 });\n'],
    ['an inferred type', 'export const f = (a: number) => [make(a)];'],
    ['what is extended', 'export interface f extends Hidden {}'],
    ['a type in a union', 'export type f = readonly (number | Hidden)[];'],
  ])('finds a type that is named in %s and not exported', (_, text) => {
    const beside = 'export interface Hidden { a: number }\nexport const make = (a: number): Hidden => ({ a });';
    const imports = "import { type Hidden, make } from './beside.ts';\n";
    expect(found(`${imports}/** Told of. */\n${text}`, beside)).toEqual(['f names Hidden, which is not exported']);
  });

  it('knows what another entry of the package exports', () => {
    const other = join(folder, 'beside.ts');
    const entry = join(folder, 'entry.ts');
    writeFileSync(other, '/** A size. */\nexport interface Size {}');
    writeFileSync(
      entry,
      "import type { Size } from './beside.ts';\n/** F. */\nexport const f = (of: Size): Size => of;",
    );
    expect(apiFindings([entry])).toEqual(['f names Size, which is not exported']);
    expect(apiFindings([entry, other])).toEqual([]);
  });
});
