import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadedBy as loaded } from '../scripts/loaded-by.ts';
import { COMMANDS } from '../src/cli/commands.ts';

/** The project's files, from `src` on, and packages by name. */
const loadedBy = (entry: string): string[] =>
  [...loaded(entry)].map((each) => (each.startsWith('/') ? relative('src', each) : each));

/** What a command can do without, as the beginnings of files or packages. */
const NOT: Record<string, string[]> = {
  '`vid`': ['cli/vid.ts', 'zod', 'log-update', 'verify/', 'report/', 'align/', 'run/take/', 'run/stock/'],
  '`verify`': ['cli/verify.ts', 'log-update', 'camera/', 'record/encoders/', 'run/camera/', 'sync/', 'sim/', 'report/'],
  '`report`': ['cli/report.ts', 'log-update', 'record/encoders/', 'run/camera/', 'sync/', 'align/'],
  '`repair`': ['cli/repair.ts', 'log-update', 'sync/', 'sim/', 'verify/', 'report/', 'align/', 'camera/virtual/'],
  '`export`': ['cli/export.ts', '@mcap/', '@foxglove/', 'log-update', 'camera/', 'sync/', 'sim/', 'report/', 'align/'],
  '`align`': ['cli/align.ts', 'zod', 'log-update', 'record/', 'camera/', 'sync/', 'sim/', 'report/'],
  '`simulate`': ['cli/simulate.ts', 'zod', 'log-update', 'host/', 'libav/', 'record/', 'run/', 'verify/', 'report/'],
  '`cameras`': ['cli/cameras.ts', 'zod', 'log-update', 'libav/', 'record/', 'sync/', 'host/', 'verify/', 'report/'],
  '`doctor`': [
    'cli/doctor.ts',
    'log-update',
    'verify/',
    'report/',
    'align/',
    'sim/',
    'camera/virtual/camera.ts',
    'run/camera/',
  ],
  '`clock`': ['cli/clock.ts', 'zod', 'log-update', 'libav/', 'record/', 'camera/', 'sync/', 'sim/', 'verify/'],
};

describe('what a command loads', () => {
  it('the program is loaded for more than its version only', () => {
    expect(loadedBy('cli/main.ts')).toEqual(['cli/main.ts', 'version.ts', '../package.json']);
  });

  it('the list of commands loads none of them', () => {
    const others = new Set(COMMANDS.map(({ name }) => `cli/${name}.ts`));
    expect(loadedBy('cli/program.ts').filter((file) => others.has(file) || file.startsWith('node-av'))).toEqual([]);
  });

  it.each(Object.entries(NOT))('%s loads nothing that it does not use', (_, [entry = '', ...not]) => {
    const loaded = loadedBy(entry);
    expect(loaded).toContain('commander');
    expect(loaded.filter((file) => not.some((start) => file.startsWith(start)))).toEqual([]);
  });

  it('FFmpeg in process and the foreign function interface are imported on demand alone', () => {
    for (const { name } of COMMANDS) {
      const loaded = loadedBy(`cli/${name}.ts`);
      expect(loaded.filter((file) => file.startsWith('node-av') || file.startsWith('koffi'))).toEqual([]);
    }
  });
});

describe('the list of commands', () => {
  it.each(COMMANDS)('names the arguments of $name as its own help does', async ({ name, usage, load }) => {
    const command = await load();
    expect(command.name()).toBe(name);
    expect(command.usage()).toBe(usage);
  });
});
