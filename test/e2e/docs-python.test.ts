import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, start } from '../support/framelock.ts';

const PAGE = 'docs/from-python.md';
const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/```python\n(.*?)```/gs)].map(([, code = '']) => code);
/** What a block needs that Python does not come with. */
const needs = (code: string) => ['cv2', 'pandas'].filter((name) => code.includes(`import ${name}`));

/** The first Python of this machine that has all these modules: the first on the PATH need not be the system's. */
function python(modules: readonly string[]): string | undefined {
  return ['python3', '/usr/bin/python3'].find((command) => {
    try {
      execFileSync(command, ['-c', ['import json', ...modules.map((name) => `import ${name}`)].join('\n')], {
        stdio: 'ignore',
      });
      return true;
    } catch {
      return false;
    }
  });
}

describe(`${PAGE}, its blocks in order in one folder`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'framelock-python-'));
  beforeAll(() => {
    const script = `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`;
    writeFileSync(join(folder, 'framelock'), script, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has blocks, most of which need Python alone', () => {
    expect(blocks.filter((code) => needs(code).length === 0).length).toBeGreaterThanOrEqual(5);
  });

  blocks.forEach((code, index) => {
    const title = code.split('\n').find((line) => !/^(import .*|from .*|)$/.test(line));
    it(`block ${index + 1} runs as it stands: ${title}`, async (context) => {
      if (process.platform === 'win32') return context.skip('this test puts a shell script on the PATH');
      const modules = needs(code);
      const command = python(modules);
      if (!command) return context.skip(`no python3 with ${modules.join(', ') || 'its standard library'} here`);
      const env = { PATH: `${folder}${delimiter}${process.env.PATH}` };
      const inFolder = ['/bin/sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', folder, command, '-c'];
      expect(await start([code], env, inFolder).ended).toMatchObject({ code: 0 });
    });
  });
});
