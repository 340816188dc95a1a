import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What each room may import besides itself and the files beside the rooms (errors, version, ...), as docs/architecture.md has it. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  time: [],
  wire: ['time'],
  sync: ['time', 'wire'],
  sensor: ['time'],
  drawing: [],
  sim: ['time', 'wire', 'sync', 'sensor'],
  'pixel-clock': ['time'],
  'clock-page': ['time', 'pixel-clock'],
  host: ['time', 'sensor'],
  libav: ['time'],
  rpicam: ['time'],
  camera: ['time', 'sensor', 'drawing', 'pixel-clock', 'host', 'libav', 'rpicam'],
  record: ['time', 'camera', 'libav'],
  verify: ['time', 'pixel-clock', 'libav', 'record'],
  align: ['time', 'libav', 'rpicam', 'verify'],
  report: ['time', 'record', 'verify', 'libav'],
  options: ['time', 'host', 'sync', 'record'],
  doctor: ['host', 'rpicam'],
};
/** The rooms on top, and what they may not import. */
const TOPS: Readonly<Record<string, readonly string[]>> = { run: ['node', 'cli'], node: ['cli'], cli: ['node'] };

/**
 * The order inside `run`: what each of its folders may import of the others. `stock` and `take` still share the shape of a take's camera and its
 * options, which stand in `take`: those files are named.
 */
const INSIDE_RUN: Readonly<Record<string, readonly string[]>> = {
  clock: [],
  camera: [],
  files: [],
  'stand-in': ['camera'],
  stock: ['camera', 'files', 'take/camera.ts', 'take/network.ts', 'take/options.ts'],
  repair: ['files', 'stock'],
  take: ['camera', 'files', 'stock', 'repair'],
  doctor: ['files', 'stock', 'take'],
};

const SRC = resolve('src');
const IMPORT = /^(?:import|export)\s[^'";]*?from\s+'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const importsOf = (file: string): string[] =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(IMPORT)].map(([, still, late]) =>
    relative(SRC, resolve(dirname(join(SRC, file)), (still ?? late) as string)),
  );
/** Undefined for what stands beside the rooms. */
const roomOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined);

describe('the rooms', () => {
  it('are those of the table', () => {
    const rooms = new Set(files.flatMap((file) => roomOf(file) ?? []));
    expect([...rooms].sort()).toEqual([...Object.keys(MAY), ...Object.keys(TOPS)].sort());
  });

  it('import what they may, types too, and nothing else', () => {
    const wrong = files.flatMap((file) => {
      const room = roomOf(file);
      if (room === undefined) return [];
      return importsOf(file)
        .filter((target) => target.startsWith('../') === false)
        .flatMap((target) => {
          const to = roomOf(target);
          if (to === undefined || to === room) return [];
          const allowed = room in TOPS ? !TOPS[room]?.includes(to) : MAY[room]?.includes(to);
          return allowed ? [] : [`${file} -> ${target}`];
        });
    });
    expect(wrong).toEqual([]);
  });

  it('stand in one order inside run', () => {
    const folderOf = (file: string): string | undefined => /^run\/([^/]+)\//.exec(file)?.[1];
    expect([...new Set(files.flatMap((file) => folderOf(file) ?? []))].sort()).toEqual(Object.keys(INSIDE_RUN).sort());
    const wrong = files.flatMap((file) => {
      const from = folderOf(file);
      if (from === undefined) return [];
      return importsOf(file).flatMap((target) => {
        const to = folderOf(target);
        if (to === undefined || to === from) return [];
        const allowed = INSIDE_RUN[from] ?? [];
        return allowed.includes(to) || allowed.includes(target.slice('run/'.length)) ? [] : [`${file} -> ${target}`];
      });
    });
    expect(wrong).toEqual([]);
  });
});
