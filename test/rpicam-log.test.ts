import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLogLine, type StockEvent } from '../src/rpicam/log.ts';
import {
  errorLine,
  formatBootTime,
  haltingLine,
  stallLines,
  syncAchievedLine,
  syncModeLine,
} from '../src/rpicam/log-lines.ts';

const events = (run: string): StockEvent[] =>
  readFileSync(join(import.meta.dirname, 'fixtures/rpicam', run, 'err'), 'utf8')
    .split('\n')
    .flatMap((line) => readLogLine(line) ?? []);

const PLACE = { bootNs: 5_672_358_788_867n, thread: 32535 };

const NO_BUFFERS = errorLine('failed to allocate capture buffers for stream');
/** A camera that another process has: libcamera's line, then rpicam's. */
const IN_USE = [
  '[1:34:32.358788867] [1234]  INFO Camera camera.cpp:1008 Pipeline handler in use by another process',
  errorLine('failed to acquire camera /base/imx219@10'),
];

describe("rpicam-vid's stderr", () => {
  it('tells of a synchronised run in three lines, on either side', () => {
    expect(events('sync-default-client')).toMatchObject([
      { kind: 'sync-mode', role: 'client' },
      { kind: 'sync-achieved', differenceUs: -17 },
      { kind: 'halting' },
    ]);
    expect(events('sync-default-server').map((event) => event.text)).toEqual([
      'runs as sync server (Sync mode set to server)',
      'is in sync (Sync achieved! Difference 0us)',
      'has come to its end (Halting: reached timeout of 5000 milliseconds.)',
    ]);
  });

  it('says nothing of a run without events: modes, encoder statistics, viewfinder frames', () => {
    expect(events('bf0')).toEqual([]);
  });

  it('advises what record can do where memory lacks, and no option of another program', () => {
    const { text = '' } = readLogLine(NO_BUFFERS) ?? {};
    expect(text).toContain('record smaller pictures');
    expect(text).not.toMatch(/--|buffer-count/);
  });

  it('tells errors apart: no camera, what was asked for, what failed', () => {
    expect(events('no-cameras')).toMatchObject([{ kind: 'no-camera', words: 'no cameras available' }]);
    expect(events('bad-camera')).toMatchObject([{ kind: 'no-camera', words: 'selected camera is not available' }]);
    for (const run of ['bad-framerate', 'bad-timeout', 'bad-sync', 'unknown-option', 'missing-value']) {
      expect(events(run), run).toMatchObject([{ kind: 'error', usage: true }]);
    }
    const [failed] = events('bad-dir-mp4').filter(({ kind }) => kind === 'error');
    expect(failed).toMatchObject({
      usage: false,
      words: 'libav: unable to open output mux for /nonexistent/a.mp4: No such file or directory',
    });
  });

  it("keeps rpicam's own words in each explanation", () => {
    const lines = [...IN_USE, ...stallLines(PLACE), NO_BUFFERS, errorLine('whatever')];
    const read = lines.map(readLogLine);
    expect(read.map((event) => event?.kind)).toEqual([
      ...['in-use', 'in-use'],
      ...['stalled', 'stalled', 'error', 'error', 'stalled'],
      ...['no-memory', 'error'],
    ]);
    for (const event of read) expect(event?.text).toContain(event?.words ?? '-');
    expect(read[0]?.words).toBe('Pipeline handler in use by another process');
  });

  it('knows dropped frames, memory and warnings by words, colours taken off', () => {
    const kind = (line: string): string | undefined => readLogLine(line)?.kind;
    const dropped =
      '[0:08:02.959242278] [3065]  WARN RPI vc4.cpp:1047 Dropping unmatched input frame in stream Unicam Embedded';
    expect(kind(dropped)).toBe('dropped');
    expect(kind('dmaHeap allocation failure for rpicam-apps0')).toBe('no-memory');
    expect(kind("WARNING: consider inline headers with 'pause'/split/segment/circular")).toBe('warning');
    const coloured =
      '\x1b[33m[1:34:32.359608738] \x1b[33m[32521] \x1b[32m INFO \x1b[37mRPiSync \x1b[34msync.cpp:281 \x1b[0m*** Sync achieved! Difference -17us';
    expect(readLogLine(coloured)).toMatchObject({ kind: 'sync-achieved', differenceUs: -17 });
  });
});

describe('lines of a stand-in', () => {
  it("are rpicam's to the character", () => {
    expect(syncAchievedLine('server', 0, PLACE)).toBe(
      '[1:34:32.358788867] [32535]  INFO RPiSync sync.cpp:232 *** Sync achieved! Difference 0us',
    );
    const stock = readFileSync(join(import.meta.dirname, 'fixtures/rpicam/sync-default-client/err'), 'utf8').split(
      '\n',
    );
    const place = { bootNs: 5_672_359_608_738n, thread: 32521 };
    expect(stock).toContain(syncAchievedLine('client', -17.2, place));
    expect(stock).toContain(haltingLine(5000));
  });

  it('are read back as what they say', () => {
    expect(readLogLine(syncModeLine('server', PLACE))).toMatchObject({ kind: 'sync-mode', role: 'server' });
    expect(readLogLine(syncAchievedLine('client', -2679614, PLACE))).toMatchObject({ differenceUs: -2679614 });
    expect(formatBootTime(36_000_000_000_001n)).toBe('10:00:00.000000001');
  });
});
