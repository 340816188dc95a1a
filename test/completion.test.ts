import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';
import { optionList } from '../src/cli/options/table.ts';
import { PRESETS } from '../src/record/encoders/check.ts';
import { inProcess } from './support/in-process.ts';
import { need } from './support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'genlock-completion-'));
const scripts: Record<string, string> = {};
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    scripts[shell] = (await inProcess(['completion', shell])).stdout;
    writeFileSync(join(folder, `genlock.${shell}`), scripts[shell]);
  }
  mkdirSync(join(folder, 'takes', 'first one'), { recursive: true });
  writeFileSync(join(folder, 'studio.json'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `
    source ./genlock.bash
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _genlock
    for each in "\${COMPREPLY[@]}"; do echo "$each"; done
    complete -p genlock >&2`;
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const args = ['--noprofile', '--norc', '-c', script, 'bash', 'genlock', ...words];
  return execFileSync('bash', args, { cwd: folder, encoding: 'utf8', stdio: [...stdio] })
    .split('\n')
    .slice(0, -1);
}

describe('the script for bash, in a bash', () => {
  const CASES: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['re'], ['record', 'report', 'repair']],
    [['--v'], ['--version']],
    [['record', '--pres'], ['--preset']],
    [['record', '--preset', ''], PRESETS],
    [['record', '--preset', '=', 'ultra'], ['ultrafast']],
    [['record', '--preset', '='], PRESETS],
    [['record', '--name', 'vid', '--size', '1'], ['1080p']],
    [['record', '--gain', ''], []],
    [['record', '--rig', 'st'], ['studio.json']],
    [['record', '--output', 'ta'], ['takes']],
    [['record', '-o', 'takes/'], ['takes/first one']],
    [['record', 'x'], []],
    [
      ['vid', '--sync', ''],
      ['off', 'server', 'client'],
    ],
    [['vid', '--tuning-file', 'st'], ['studio.json']],
    [
      ['vid', '--hdr', 's'],
      ['sensor', 'single-exp'],
    ],
    [['vid', '--open-r'], []],
    [['takes', 'r'], ['rm']],
    [['takes', 'rm', 'takes/f'], ['takes/first one']],
    [
      ['rig', ''],
      ['save', 'show', 'create', 'key'],
    ],
    [['rig', 'save', '--forc'], ['--force']],
    [['rig', 'save', '--matc'], ['--match-exposure']],
    [['verify', 'stu'], ['studio.json']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['help', 'ver'], ['verify']],
  ];
  it.for(CASES)('offers for %j %j', ([words, offers], context) => {
    need(context, 'bash');
    expect(offered(...words)).toEqual(offers);
  });

  it('offers every command and every option that the help shows', async (context) => {
    need(context, 'bash');
    expect(offered('').sort()).toEqual([...COMMANDS.map(({ name }) => name), 'help'].sort());
    for (const { name, load } of COMMANDS) {
      const command = await load();
      const shown = command
        .createHelp()
        .visibleOptions(command)
        .flatMap(({ long }) => long ?? []);
      const vid = optionList.filter(([, { hidden }]) => !hidden).map(([each]) => `--${each}`);
      expect(offered(name, '--')).toEqual(name === 'vid' ? vid : shown);
    }
  });
});

describe('a script for a shell', () => {
  it.for([
    ['bash', '--norc'],
    ['zsh', '-f'],
    ['fish', '--no-config'],
  ] as const)('has nothing that %s can not read', ([shell, alone], context) => {
    need(context, shell);
    execFileSync(shell, [alone, '-n', join(folder, `genlock.${shell}`)], { stdio: 'pipe' });
  });

  it('offers in fish what it offers in bash', (context) => {
    need(context, 'fish');
    const offers = (line: string): string[] =>
      execFileSync('fish', ['--no-config', '-c', `source genlock.fish; complete -C '${line}'`], {
        ...{ cwd: folder, encoding: 'utf8' },
      })
        .split('\n')
        .map((each) => each.replace(/\t.*/, ''))
        .slice(0, -1);
    expect(offers('genlock record --pres')).toEqual(['--preset']);
    expect(offers('genlock record --preset u')).toEqual(['ultrafast']);
    expect(offers('genlock takes r')).toEqual(['rm']);
    expect(offers('genlock rig s')).toEqual(['save', 'show']);
    expect(offers('genlock verify stu')).toEqual(['studio.json']);
  });

  it.each(['bash', 'zsh', 'fish'])('names in %s all commands and all options', async (shell) => {
    for (const { name, load } of COMMANDS) {
      const command = await load();
      expect(scripts[shell]).toMatch(new RegExp(`\\b${name}\\b`));
      for (const { long = '' } of command.createHelp().visibleOptions(command)) {
        expect(scripts[shell]).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
      }
    }
  });

  it('is of a shell that there is a script for', async () => {
    const { code, stderr } = await inProcess(['completion', 'tcsh']);
    expect(stderr).toMatch(/^genlock: .*'tcsh' is invalid.* bash, zsh, fish\.?\n$/);
    expect(code).toBe(2);
  });
});
