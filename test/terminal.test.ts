import { afterEach, describe, expect, it, vi } from 'vitest';
import { clockTime } from '../src/amounts.ts';
import { cameraTable } from '../src/cli/camera-table.ts';
import { paintFor, plain } from '../src/cli/colours.ts';
import { fold, hanging, indented } from '../src/cli/fold.ts';
import { LiveTable } from '../src/cli/live-table.ts';
import { reportTable } from '../src/cli/report-table.ts';
import { screenColumns } from '../src/cli/terminal-size.ts';
import { WorkProgress } from '../src/cli/work-progress.ts';
import type { CameraSnapshot } from '../src/run/camera/snapshot.ts';
import { judge } from '../src/verify/alignment.ts';
import { timesOf } from './support/report-take.ts';

const ESCAPE = '\u001b';
const noTerminal = { isTTY: false, hasColors: () => false };
const terminal = { isTTY: true, hasColors: () => true };

const camera = (name: string, more: Partial<CameraSnapshot>): CameraSnapshot => ({
  ...{ name, sync: 'client', state: 'locked', recording: true, index: 40, frames: 40, wanted: 150 },
  ...{ offsetUs: -8.1, corrections: 22, drops: 0, repeated: 0, messages: 3, refused: 0 },
  ...more,
});
const BOTH = [camera('cam0', { sync: 'server', state: 'recording' }), camera('cam1', {})];

describe('colours', () => {
  it('are where a terminal has some, unless the environment or the command line says otherwise', () => {
    const coloured = (when: string, output: typeof terminal, env: NodeJS.ProcessEnv): boolean =>
      paintFor(when, output as never, env)('red', 'x') !== 'x';
    expect(coloured('auto', terminal, {})).toBe(true);
    expect(coloured('auto', noTerminal, {})).toBe(false);
    expect(coloured('auto', terminal, { NO_COLOR: '1' })).toBe(false);
    expect(coloured('auto', terminal, { NO_COLOR: '' })).toBe(true);
    expect(coloured('auto', noTerminal, { FORCE_COLOR: '1' })).toBe(true);
    expect(coloured('auto', terminal, { FORCE_COLOR: '0' })).toBe(false);
    expect(coloured('never', terminal, { FORCE_COLOR: '1' })).toBe(false);
    expect(coloured('always', noTerminal, { NO_COLOR: '1' })).toBe(true);
  });

  it('of a verdict are those of the report: amber where frames repeat', () => {
    const at = Array.from({ length: 40 }, (_, i) => i);
    const proof = (client: number[]) => judge([timesOf('a.mp4', at), timesOf('b.mp4', client)], { toleranceUs: 1000 });
    const paint = paintFor('always', noTerminal as never);
    expect(reportTable(proof(at), { paint })).toContain(`${ESCAPE}[32mLOCKED`);
    expect(reportTable(proof(at.map((i) => (i === 20 ? 19 : i))), { paint })).toContain(`${ESCAPE}[33mLOCKED`);
    expect(reportTable(proof(at.map((i) => i + 1)), { paint })).toContain(`${ESCAPE}[31mNOT LOCKED`);
    expect(reportTable(proof(at))).not.toContain(ESCAPE);
  });
});

describe('a terminal', () => {
  it('without a size, or one that takes no signs, is none', () => {
    expect(screenColumns({ isTTY: true, columns: 80, rows: 24 })).toBe(80);
    expect(screenColumns({ isTTY: true, columns: 0, rows: 0 })).toBeUndefined();
    expect(screenColumns({ isTTY: false, columns: 80, rows: 24 })).toBeUndefined();
    vi.stubEnv('TERM', 'dumb');
    expect(screenColumns({ isTTY: true, columns: 80, rows: 24 })).toBeUndefined();
    vi.unstubAllEnvs();
  });

  it('that is narrow gets whole words', () => {
    expect(fold('frames are left out from frame 86 on', 12)).toEqual(['frames are', 'left out', 'from frame', '86 on']);
    expect(fold('incomprehensible', 4)).toEqual(['incomprehensible']);
    expect(hanging('  spec ', 'a camera that is not steered', 27)).toBe('  spec a camera that is not\n       steered');
    expect(hanging('  spec ', 'a camera that is not steered', undefined)).toBe('  spec a camera that is not steered');
  });

  it('gets lines that it need not wrap, whatever their words', () => {
    for (let columns = 30; columns < 90; columns++) {
      const lines = indented('warning: no tuning file; give the folder that holds it in some_variable', columns).split(
        '\n',
      );
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
      expect(lines.slice(1).every((line) => line.startsWith('  '))).toBe(true);
    }
    expect(indented('warning: whole', undefined)).toBe('warning: whole');
  });

  it.each([200, 80, 60, 50, 40, 30, 12])('of %d columns gets a table of cameras that fits', (columns) => {
    const busy = [...BOTH, camera('camera-behind-the-door', { drops: 142, overload: 142 })];
    const lines = cameraTable(busy, columns).split('\n');
    expect(lines).toHaveLength(4);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    if (columns >= 80) expect(lines[3]).toContain('142, 142 overload');
  });

  it.each([120, 80, 60, 40])('of %d columns gets figures that fit, the verdict first', (columns) => {
    const at = Array.from({ length: 18_000 }, (_, i) => i);
    const report = judge([timesOf('a.mp4', at), timesOf('b.mp4', at)], { toleranceUs: 1000 });
    const lines = reportTable(report, { columns }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(columns, 44));
    expect(lines[0]).toMatch(/^LOCKED: /);
    const head = lines.find((line) => line.startsWith('file')) ?? '';
    expect(head.includes('rms')).toBe(columns >= 60);
    expect(head).toContain('max');
  });
});

describe('the cameras at work', () => {
  it('say that they record, whatever part they play', () => {
    const [, server = '', client = ''] = cameraTable(BOTH, 100).split('\n');
    expect(server).toMatch(/^cam0 +server +recording +reference/);
    expect(client).toMatch(/^cam1 +client +recording +-8\.1 us/);
    const states = [
      camera('a', { state: 'holdover', boundUs: 120 }),
      camera('b', { recording: false, index: -12 }),
      camera('c', { paused: true, state: 'recording' }),
      camera('d', { state: 'done', frames: 150 }),
    ];
    const lines = cameraTable(states, 100).split('\n');
    expect(lines[1]).toMatch(/recording, holdover +within 120\.0 us/);
    expect(lines[2]).toMatch(/locked .* in 12 /);
    expect(lines[3]).toMatch(/paused/);
    expect(lines[4]).toMatch(/done .* 150\/150/);
  });

  it('are coloured without moving a column', () => {
    const painted = cameraTable(BOTH, 100, (_, text) => `<${text}>`);
    expect(painted.replace(/[<>]/g, '')).toBe(cameraTable(BOTH, 100, plain));
    expect(painted).toContain('<recording>');
  });
});

describe('what a take says without a terminal', () => {
  const written: string[] = [];

  afterEach(() => {
    written.length = 0;
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  const listen = (): void => {
    vi.useFakeTimers({ now: 0 });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    vi.stubGlobal('performance', { now: () => Date.now() });
  };

  it('waits until the cameras run, then is a line when they record and every five seconds', () => {
    listen();
    const live = new LiveTable({ frames: 600, frameRate: { num: 30, den: 1 } });
    live.note('recording 2 cameras');
    live.show(BOTH);
    expect(written).toEqual([]);
    live.begin();
    for (let ms = 0; ms <= 12_000; ms += 250) {
      const frames = Math.floor((ms * 30) / 1000);
      live.show(BOTH.map((each) => ({ ...each, index: frames - 1, frames, wanted: 600 })));
      vi.setSystemTime(ms + 250);
    }
    expect(written.map((line) => line.split(' |')[0])).toEqual([
      'recording 2 cameras\n',
      'recording: 0:00 of 0:20, 20 s left',
      '0:05 of 0:20, 15 s left',
      '0:10 of 0:20, 10 s left',
    ]);
    expect(written[1]).toContain('cam0 recording 0 frames 0 drops | cam1 recording -8.1 us 0 frames 0 drops');
    vi.unstubAllGlobals();
  });

  it('tells the time of the take where the encoder is behind it, and where the take is shorter than a second', () => {
    listen();
    const live = new LiveTable({ frames: 120, frameRate: { num: 30, den: 1 } });
    live.begin();
    live.show(BOTH.map((each) => ({ ...each, index: 94, frames: 22 })));
    const short = new LiveTable({ frames: 1, frameRate: { num: 30, den: 1 } });
    short.begin();
    short.show(BOTH.map((each) => ({ ...each, index: 3, frames: 0 })));
    expect(written.map((line) => line.split(' |')[0])).toEqual([
      'recording: 0:03 of 0:04, 1 s left',
      'recording: 0:00 of 0:01, 0 s left',
    ]);
    vi.unstubAllGlobals();
  });

  it('says what a name that is typed is for, once', () => {
    listen();
    const live = new LiveTable({ frames: undefined, frameRate: { num: 30, den: 1 }, idle: 'keys' });
    live.begin();
    for (const name of ['', 'j', 'ju', undefined]) live.typing('name:', name);
    live.typing('name:', '');
    expect(written).toEqual(['name:\n', 'name:\n']);
    vi.unstubAllGlobals();
  });

  it('tells how far the proof is every five seconds, and nothing of a short one', () => {
    listen();
    const progress = new WorkProgress();
    for (let ms = 0; ms <= 11_000; ms += 500) {
      vi.setSystemTime(ms);
      progress.show('reading cam0.mp4', ms / 10, 2_000);
    }
    expect(written).toEqual([
      'reading cam0.mp4: 500 of 2000 frames, 15 s left\n',
      'reading cam0.mp4: 1000 of 2000 frames, 10 s left\n',
    ]);
    vi.unstubAllGlobals();
  });

  it('shows times as a clock does', () => {
    expect([0, 7.9, 59.999, 60, 750, 3723].map(clockTime)).toEqual([
      '0:00',
      '0:07',
      '0:59',
      '1:00',
      '12:30',
      '1:02:03',
    ]);
  });
});
