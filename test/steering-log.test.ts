import { describe, expect, it } from 'vitest';
import {
  addSampleLine,
  type DebugLine,
  frameDurationLine,
  getOutputLine,
  metadataLine,
  receivedLines,
  sentLines,
} from '../src/rpicam/debug-lines.ts';
import { asksForDebug } from '../src/rpicam/log-levels.ts';
import { debugLine } from '../src/rpicam/log-lines.ts';
import { skipBelowUs } from '../src/rpicam/min-frame-duration.ts';
import { type FrameLog, SteeringLog } from '../src/rpicam/steering-log.ts';

const PLACE = { bootNs: 5_667_549_938_846n, thread: 32_513 };
const text = (lines: readonly DebugLine[]): string[] => lines.map((line) => debugLine(line, PLACE));
const read = (log: SteeringLog, lines: readonly string[]): FrameLog[] => lines.flatMap((line) => log.push(line) ?? []);

const frame = (number: number, lines = 3485, lineUs = 9.5625): DebugLine[] => {
  const sensorNs = 1_000_000_000n + BigInt(number) * 33_325_312n;
  const wallNs = sensorNs + 1_795_878_925_000_000_123n;
  return [
    addSampleLine(sensorNs + 20_000_000n, wallNs + 20_000_000n),
    getOutputLine(sensorNs + 20_000_000n, wallNs + 20_000_000n),
    getOutputLine(sensorNs, wallNs),
    metadataLine({ exposureUs: 4000, lines, lineUs, gain: 1.5 }),
  ];
};
const message = {
  frameNumber: 41,
  serverUs: 1_795_878_925_000_001,
  readyUs: 1_795_878_999_000_001,
  clientUs: 1_795_878_926_000_000,
};
const taken = receivedLines({ ...message, nearestUs: 1_795_878_924_999_821, frames: 30, correctionUs: -180 });

describe("libcamera's log of a stock client", () => {
  it('tells a frame with its message when the correction is known, to the nanosecond and the microsecond', () => {
    const log = new SteeringLog();
    expect(read(log, text([frameDurationLine(3485 * 9.5625), ...frame(0)]))).toEqual([]);
    expect(log.pending).toBe(true);
    const [heard] = read(log, text(taken));
    const { frameNumber, serverUs, clientUs } = message;
    expect(heard).toEqual({
      sensorNs: 1_000_000_000n,
      wallNs: 1_795_878_926_000_000_123n,
      exposureUs: 4000,
      lines: 3485,
      lineUs: expect.closeTo(9.5625, 5),
      loggedUs: expect.closeTo(5_667_549_938.846, 2),
      taken: { frameNumber, serverUs, clientUs, correctionUs: -180 },
    });
    expect(log.pending).toBe(false);
  });

  it('tells one that took none with the next, or to whoever waits no longer', () => {
    const log = new SteeringLog();
    const lines = [...frame(0), ...frame(1)].map((line) => debugLine(line, PLACE));
    expect(read(log, lines).map(({ sensorNs }) => sensorNs)).toEqual([1_000_000_000n]);
    expect(log.flush()).toMatchObject({ sensorNs: 1_033_325_312n, lines: 3485 });
    expect(log.flush()).toBeUndefined();
  });

  it('holds a frame back as long as more may be logged of it', () => {
    const log = new SteeringLog();
    read(log, text(frame(0)));
    const loggedUs = Number(PLACE.bootNs) / 1000;
    expect(log.flush(loggedUs - 1)).toBeUndefined();
    expect(read(log, text(taken))).toMatchObject([{ taken: { correctionUs: -180 } }]);
    read(log, text(frame(1)));
    expect(log.flush(loggedUs + 1)).toMatchObject({ lines: 3485 });
  });

  it('tells the line as exactly as the frame duration does, also of frames of other lengths', () => {
    const log = new SteeringLog();
    const lines = text([frameDurationLine(3485 * 9.5625), ...frame(0), ...frame(1, 3486), ...frame(2)]);
    expect(read(log, lines).map(({ lineUs }) => lineUs)).toEqual([
      expect.closeTo(9.5625, 5),
      expect.closeTo(9.5625, 5),
    ]);
    // Where that does not fit, as it is logged.
    const other = new SteeringLog();
    expect(read(other, text([frameDurationLine(40_000), ...frame(0), ...frame(1)]))[0]?.lineUs).toBe(9.56);
  });

  it('is read in the words of older versions and in colours, and passes over everything else', () => {
    const log = new SteeringLog();
    const lines = text(frame(0)).map((line) =>
      line.replace('Exposure time:', 'Exposure:').replace('DEBUG', '\x1b[36mDEBUG\x1b[0m'),
    );
    const more = [
      'Halting: reached timeout of 5000 milliseconds.',
      '[1:34:32.3] [7]  INFO RPiSync sync.cpp:281 *** Sync achieved! Difference -17us',
      '[1:34:32.3] [7] DEBUG IPARPI ipa_base.cpp:9 Metadata - nothing',
      '[1:34:32.3] [7] DEBUG Camera camera.cpp:9 getOutput 1 2',
      ...text(sentLines(30, 33_327, 5, 4, 6)),
    ];
    expect(read(log, [...lines, ...more])).toEqual([]);
    expect(log.flush()).toMatchObject({ lines: 3485, exposureUs: 4000, lineUs: 9.56 });
  });

  it('a frame of whose message the middle is missing is told without it', () => {
    const log = new SteeringLog();
    read(log, text(frame(0)));
    const torn = taken.filter(({ text: words }) => !words.includes('clientFrameTimestamp'));
    expect(read(log, text(torn))).toEqual([expect.not.objectContaining({ taken: expect.anything() })]);
  });
});

describe('what libcamera is asked for by its environment', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['RPiSync:DEBUG', true],
    ['IPARPI:DEBUG', false],
    ['*:DEBUG', true],
    ['DEBUG', true],
    ['0', true],
    ['RPi*:0', true],
    ['*:DEBUG,RPiSync:INFO', false],
    ['*:ERROR,RPiSync:0', true],
    ['RPiSync:LOUD', false],
  ])('LIBCAMERA_LOG_LEVELS=%s: debug lines of RPiSync %s', (levels, asked) => {
    expect(asksForDebug(levels, 'RPiSync')).toBe(asked);
  });

  it('frames below 30 ms are left out, or a tenth below what its configuration says', () => {
    expect(skipBelowUs()).toBeCloseTo(30_000, 6);
    expect(skipBelowUs('version: 1.0\npipeline_handler:\n  controller_min_frame_duration_us: 8000\n')).toBe(7200);
    expect(skipBelowUs('{ "pipeline_handler": { "camera_timeout_value_ms": 0 } }')).toBeCloseTo(30_000, 6);
  });
});
