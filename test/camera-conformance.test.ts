import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { CameraBackend } from '../src/camera/backend.ts';
import { BACKENDS } from '../src/camera/backends.ts';
import type { Camera, CameraRequest, CapturedFrame } from '../src/camera/camera.ts';
import { openCamera } from '../src/camera/open.ts';
import { FailureError, UsageError } from '../src/errors.ts';
import { openClock } from '../src/host/clock.ts';
import { type BootUs, bootUs } from '../src/time/units.ts';
import { type CameraCase, cameraConformance } from './support/camera-conformance.ts';
import { testPicture } from './support/pictures.ts';

/** What of each backend there is to try on a machine without devices. */
const CASES: Readonly<Record<string, Omit<CameraCase, 'backend'>>> = {
  virtual: {
    spec: 'virtual:imx219?ppm=40&seed=3',
    wrong: [
      ['virtual:imx999', /there are imx219/],
      ['virtual:imx219?mode=7x7', /it has 1640x1232/],
    ],
  },
  rpicam: {
    // Another program runs them.
    spec: undefined,
    wrong: [['rpicam:0', /recorded in a take \(genlock record\), as rpicam:0/]],
  },
  libav: {
    spec: undefined,
    wrong: [
      ['libav:nowhere.mp4', /no file nowhere.mp4/],
      ['libav:', /nothing behind libav:/],
    ],
    // A server that takes the connection and never says a word.
    silent: () =>
      new Promise((resolve) => {
        const server = createServer((socket) => socket.on('error', () => {}).unref());
        server.listen(0, '127.0.0.1', () => {
          const { port } = server.address() as { port: number };
          resolve({ spec: `libav:tcp://127.0.0.1:${port}`, end: () => server.close() });
        });
      }),
  },
  lavfi: {
    spec: 'lavfi:testsrc2=size=640x480:rate=30',
    wrong: [['lavfi:nofilter', /can't be opened/]],
  },
  v4l2: { spec: undefined, wrong: [['v4l2:/dev/no-such-video', /can't be opened|has no input/]] },
  avfoundation: { spec: undefined, wrong: [['avfoundation:', /nothing behind/]] },
  dshow: { spec: undefined, wrong: [['dshow:', /nothing behind/]] },
};

for (const backend of BACKENDS) {
  const of = CASES[backend.scheme];
  if (of === undefined) throw new Error(`${backend.scheme}: say in CASES what of it can be tried`);
  cameraConformance({ backend, ...of });
}

/** A camera of a user's own: pictures from memory, by a timer. `change` spoils a frame. */
class Memory implements Camera {
  readonly info: Camera['info'];
  private readonly now: () => BootUs;
  private readonly change: (frame: CapturedFrame) => CapturedFrame;
  private end: (() => void) | undefined;
  private closed = false;

  constructor(request: CameraRequest, now: () => BootUs, change: (frame: CapturedFrame) => CapturedFrame) {
    const { spec, width, height, frameRate } = request;
    const notes = [
      ...(request.exposureUs === undefined ? [] : ['shutter: pictures in memory are exposed already']),
      ...(request.gain === undefined ? [] : ['gain: pictures in memory are exposed already']),
    ];
    const steering = { kind: 'timestamped', reason: 'pictures from memory come by a timer' } as const;
    this.info = { spec, model: 'memory', mode: 'timer', width, height, frameRate, steering, pixelClock: false, notes };
    this.now = now;
    this.change = change;
  }

  run(onFrame: (frame: CapturedFrame) => void): Promise<void> {
    if (this.closed) return Promise.resolve();
    const { num, den } = this.info.frameRate;
    const startUs = this.now();
    let sequence = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        for (;;) {
          const dueUs = bootUs(startUs + (sequence * den * 1e6) / num);
          if (this.closed || dueUs > this.now()) return;
          const { width, height } = this.info;
          const picture = testPicture(sequence, width, height);
          const frame = { sequence, sensorUs: dueUs, exposureUs: undefined, gain: undefined, picture: () => picture };
          sequence++;
          onFrame(this.change(frame));
        }
      }, 5);
      this.end = () => {
        clearInterval(timer);
        resolve();
      };
    });
  }

  setFrameDuration(): void {}

  async close(): Promise<void> {
    this.closed = true;
    this.end?.();
  }
}

const memory = (
  change: (frame: CapturedFrame) => CapturedFrame = (frame) => frame,
  about: Partial<Camera['info']> = {},
): CameraBackend => ({
  scheme: 'memory',
  help: { form: 'memory:NAME', about: 'pictures from memory' },
  open: async (request, { boot }) => {
    if (request.spec !== 'memory:film') throw new UsageError(`camera ${request.spec}: there is memory:film alone`);
    return Object.assign(new Memory(request, boot, change), {
      info: { ...new Memory(request, boot, change).info, ...about },
    });
  },
});

cameraConformance({ backend: memory(), spec: 'memory:film', wrong: [['memory:book', /there is memory:film alone/]] });

describe("a camera of the user's own", () => {
  const request = { spec: 'memory:film', name: 'x', width: 320, height: 240, frameRate: { num: 100, den: 1 } };
  const clock = openClock();

  /** What comes of its first frames. */
  async function played(backend: CameraBackend, wanted = 5): Promise<CapturedFrame[]> {
    const camera = await openCamera(request, clock, [backend]);
    const frames: CapturedFrame[] = [];
    await camera.run((frame) => {
      frames.push({ ...frame, picture: frame.picture });
      frame.picture();
      if (frames.length === wanted) void camera.close();
    });
    await camera.close();
    return frames;
  }

  it('is opened by its scheme, before those that there are', async () => {
    expect(await played(memory())).toHaveLength(5);
    await expect(openCamera(request, clock)).rejects.toThrow('camera memory:film: no camera has specs of this kind');
  });

  it.each<[string, (frame: CapturedFrame) => CapturedFrame, RegExp]>([
    [
      'time',
      (frame) => ({ ...frame, sensorUs: bootUs(Number.NaN) }),
      /frame 0 has sensorUs NaN; it must be a time in us/,
    ],
    [
      'order',
      (frame) => ({ ...frame, sensorUs: bootUs(5) }),
      /frame 1 has sensorUs 5, the one before it 5; times must rise/,
    ],
    ['number', (frame) => ({ ...frame, sequence: 0.5 }), /a frame has sequence 0.5; it must be a whole number/],
    ['count', (frame) => ({ ...frame, sequence: 3 }), /frame 3 came behind frame 3; sequence must rise/],
  ])('whose frames have no %s ends with one line that says what would be right', async (_, change, words) => {
    const failed = await played(memory(change)).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(FailureError);
    expect((failed as Error).message).toMatch(/^camera memory:film: .+$/);
    expect((failed as Error).message).toMatch(words);
  });

  it('whose pictures are of another size is told so, with both sizes', async () => {
    const camera = await openCamera(request, clock, [
      memory((frame) => ({ ...frame, picture: () => testPicture(0, 64, 48) })),
    ]);
    let failed: unknown;
    await camera.run((frame) => {
      try {
        frame.picture();
      } catch (error) {
        failed = error;
      }
      void camera.close();
    });
    expect(failed).toBeInstanceOf(FailureError);
    expect((failed as Error).message).toMatch(
      /^camera memory:film: the picture of frame 0 is 64x48, .* 320x240 in I420/,
    );
  });

  it.each<[string, Partial<Camera['info']>, RegExp]>([
    ['size', { width: 100 }, /its pictures are 100x240/],
    ['rate', { frameRate: { num: 0, den: 1 } }, /its frame rate is 0\/1/],
    [
      'step',
      {
        steering: {
          kind: 'steered',
          lineUs: 0,
          controlDelayFrames: 2,
          shortestFrameUs: 1,
          longestFrameUs: 9,
          frameUs: 5,
        },
      },
      /steering.lineUs is 0/,
    ],
    [
      'length',
      {
        steering: {
          kind: 'steered',
          lineUs: 1,
          controlDelayFrames: 2,
          shortestFrameUs: 6,
          longestFrameUs: 9,
          frameUs: 5,
        },
      },
      /steering.frameUs is 5; it must lie from shortestFrameUs, 6, to longestFrameUs, 9/,
    ],
  ])('that has no right %s is refused before it runs', async (_, about, words) => {
    const refused = await openCamera(request, clock, [memory(undefined, about)]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UsageError);
    expect((refused as Error).message).toMatch(words);
  });

  it('that fails in words of its own is named, in one line, with the cause kept', async () => {
    const cause = new Error('bus\n  error');
    const broken = memory((frame) => frame);
    const backend: CameraBackend = {
      ...broken,
      open: async (...args) => Object.assign(await broken.open(...args), { run: () => Promise.reject(cause) }),
    };
    const failed = await played(backend).catch((error: unknown) => error);
    expect((failed as Error).message).toBe('camera memory:film: bus error');
    expect((failed as Error).cause).toBe(cause);
  });
});
