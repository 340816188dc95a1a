import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CameraRequest, CapturedFrame } from '../src/camera/camera.ts';
import { LibavCamera } from '../src/camera/libav/camera.ts';
import { type ListedMode, listCameras } from '../src/camera/listing.ts';
import { numberedListing } from '../src/camera/numbered-listing.ts';
import { VirtualCamera } from '../src/camera/virtual/camera.ts';
import { UsageError } from '../src/errors.ts';
import { openClock } from '../src/host/clock.ts';

const clock = openClock({ error: '' });
const request: CameraRequest = {
  spec: 'virtual:imx219?seed=0',
  name: 'cam0',
  width: 640,
  height: 480,
  frameRate: { num: 30, den: 1 },
};
const virtual = (more: Partial<CameraRequest> = {}) => new VirtualCamera({ ...request, ...more }, clock);

/** The first frame of a camera, with its picture. */
async function firstFrame(camera: VirtualCamera | LibavCamera): Promise<CapturedFrame> {
  let first: CapturedFrame | undefined;
  const running = camera.run((frame) => {
    if (!first) frame.picture();
    first ??= frame;
    void camera.close();
  });
  await running;
  await camera.close();
  return first as CapturedFrame;
}

describe('a virtual camera', () => {
  it('applies what is asked of pictures, once a frame, and says what it did to colours', async () => {
    const frame = await firstFrame(virtual({ image: { brightness: 1, awbGains: [2, 1.5] } }));
    expect(new Set(frame.picture().data.subarray(0, 640 * 480))).toEqual(new Set([235]));
    expect(frame.picture()).toBe(frame.picture());
    expect(frame).toMatchObject({ colourGains: [2, 1.5], digitalGain: 1 });
  });

  it('with nothing asked has neutral gains, no notes, and the crop of its mode in the shape of the picture', async () => {
    const camera = virtual();
    expect(camera.info.notes).toBeUndefined();
    expect(await firstFrame(camera)).toMatchObject({ colourGains: [1, 1], scalerCrop: [0, 2, 3280, 2460] });
  });

  it.each<[Partial<CameraRequest>, number[]]>([
    [{ sensorMode: { width: 640, height: 480, bits: 10, packed: true } }, [1000, 752, 1280, 960]],
    [{ width: 1280, height: 720 }, [0, 310, 3280, 1845]],
    [{ image: { roi: { x: 0.25, y: 0.5, width: 0.5, height: 0.5 } } }, [820, 1232, 1640, 1230]],
    [{ spec: 'virtual:imx708?mode=1536x864', width: 1280, height: 720 }, [768, 432, 3072, 1728]],
  ])('asked for %j shows %j of its sensor', async (more, crop) => {
    expect((await firstFrame(virtual(more))).scalerCrop).toEqual(crop);
  });

  it('takes the mode that is asked for by its size and bits', () => {
    const sensorMode = { width: 1920, height: 1080, bits: 8, packed: false };
    expect(virtual({ sensorMode }).info).toMatchObject({ mode: '1920x1080' });
    expect(virtual({ sensorMode }).info.notes).toBeUndefined();
    expect(virtual({ sensorMode: { ...sensorMode, bits: 12 } }).info.notes).toEqual([
      'mode 1920:1080:12:U: imx219 has 10 or 8 bits in this mode; 10 is used',
    ]);
  });

  it.each([
    [{ frameRate: { num: 60, den: 1 } }, '640x480'],
    [{ frameRate: { num: 45, den: 1 } }, '1920x1080'],
    [{ frameRate: { num: 45, den: 1 }, width: 1920, height: 1080 }, '1920x1080'],
    [{ spec: 'virtual:imx477', frameRate: { num: 45, den: 1 } }, '2028x1080'],
    [{ spec: 'virtual:imx477', frameRate: { num: 120, den: 1 } }, '1332x990'],
  ])('for a rate above the default mode takes a faster one, and says so: %o', (request, mode) => {
    const { info } = virtual(request);
    expect(info.mode).toBe(mode);
    expect(info.notes).toEqual([expect.stringMatching(/^framerate \d+: too fast for mode \d+x\d+; \d+x\d+ is used$/)]);
  });

  it.each([
    [{ frameRate: { num: 300, den: 1 } }, /imx219 in mode 640x480 runs at most at 206.6 fps/],
    [{ frameRate: { num: 60, den: 1 }, width: 1280, height: 720 }, /imx219 in mode 1920x1080 runs at most at 47.5 fps/],
    [{ spec: 'virtual:imx219?mode=1640x1232', frameRate: { num: 60, den: 1 } }, /in mode 1640x1232 .* 41.8 fps/],
    [
      { sensorMode: { width: 1640, height: 1232, bits: 10, packed: true }, frameRate: { num: 60, den: 1 } },
      /in mode 1640x1232 .* 41.8 fps/,
    ],
  ])('refuses a rate that no mode has, or not the one that is named: %o', (request, message) => {
    expect(() => virtual(request)).toThrow(message);
  });

  it('refuses a mode that its sensor has not, and names those it has', () => {
    const ask = () => virtual({ sensorMode: { width: 800, height: 600, bits: 10, packed: true } });
    expect(ask).toThrow(UsageError);
    expect(ask).toThrow('mode 800:600:10:P: imx219 has no such mode; it has 1640:1232:10, 640:480:10, 1920:1080:10');
  });

  it('has HDR where its sensor has, and says where not', () => {
    const imx708 = virtual({ spec: 'virtual:imx708', controls: { hdr: 'auto' } }).info;
    expect([imx708.mode, imx708.notes]).toEqual(['hdr', undefined]);
    const imx219 = virtual({ controls: { hdr: 'sensor' } }).info;
    expect([imx219.mode, imx219.notes]).toEqual(['1640x1232', ['hdr sensor: imx219 has no HDR mode']]);
  });

  it('ev changes the gain and the exposure that are not fixed', () => {
    const exposure = (ev: string, more: Partial<CameraRequest> = {}) => {
      const { exposureUs, gain, notes } = virtual({ controls: { ev }, ...more }).info;
      return [exposureUs, gain, notes?.length ?? 0];
    };
    expect(exposure('1')).toEqual([1000, 2, 0]);
    expect(exposure('-1')).toEqual([500, 1, 0]);
    expect(exposure('1', { gain: 3 })).toEqual([2000, 3, 0]);
    expect(exposure('1', { exposureUs: 500 })).toEqual([500, 4, 0]);
    expect(exposure('1', { exposureUs: 500, gain: 3 })).toEqual([500, 3, 1]);
  });

  it('names each option that it can’t have, with why, in one line', () => {
    const controls = {
      metering: 'spot',
      exposure: 'sport',
      awb: 'daylight',
      ccm: '1,0,0,0,1,0,0,0,1',
      denoise: 'cdn_hq',
      'flicker-period': '10000us',
      'autofocus-mode': 'continuous',
      'lens-position': '0',
      'never-heard-of': '1',
    };
    const notes = virtual({ controls }).info.notes ?? [];
    expect(notes.map((note) => /^([a-z-]+)[^\n]*: \S[^\n]+$/.exec(note)?.[1])).toEqual(Object.keys(controls));
    expect(notes).toContain('never-heard-of: this camera has no such control');
  });

  it('says nothing of options with the values that they have anyway, nor of what it has', () => {
    const { info } = virtual({
      controls: {
        metering: 'centre',
        exposure: 'normal',
        ev: '0',
        awb: 'auto',
        denoise: 'auto',
        hdr: 'off',
        'flicker-period': '0s',
        'autofocus-mode': 'default',
        'autofocus-range': 'normal',
        'autofocus-speed': 'normal',
        'autofocus-window': '0,0,0,0',
        'lens-position': 'default',
        'buffer-count': '6',
      },
    });
    expect(info.notes).toBeUndefined();
  });

  it('knows where its pixel clock is out of view', () => {
    const image = { roi: { x: 0, y: 0, width: 0.5, height: 0.5 } };
    expect([virtual().info.pixelClock, virtual({ image }).info.pixelClock]).toEqual([true, false]);
  });
});

describe('a libav camera', () => {
  const spec = 'lavfi:color=gray:size=64x48:rate=30';
  const small = { ...request, spec, width: 64, height: 48 };

  it('changes its pictures, and names what the input behind it can’t do', async () => {
    const camera = await LibavCamera.open(
      {
        ...small,
        image: { brightness: -1, roi: { x: 0.5, y: 0, width: 0.5, height: 1 } },
        exposureUs: 2000,
        gain: 2,
        sensorMode: { width: 640, height: 480, bits: 10, packed: true },
        controls: { awb: 'daylight', ev: '1', hdr: 'off' },
      },
      clock,
    );
    const names = (camera.info.notes ?? []).map((note) => /^([a-z]+)/.exec(note)?.[1]);
    expect(names).toEqual(['shutter', 'gain', 'mode', 'awb', 'ev']);
    const frame = await firstFrame(camera);
    expect(new Set(frame.picture().data.subarray(0, 64 * 48))).toEqual(new Set([16]));
    expect(frame.scalerCrop).toEqual([32, 0, 32, 48]);
  });

  it('with nothing asked has nothing to note', async () => {
    const camera = await LibavCamera.open(small, clock);
    expect(camera.info.notes).toBeUndefined();
    await camera.close();
  });
});

describe('--list-cameras', () => {
  const fixture = (run: string) => readFileSync(join(import.meta.dirname, 'fixtures/rpicam', run, 'out'), 'utf8');

  it('prints what rpicam-vid prints, to the character', () => {
    const modes: ListedMode[] = [
      { width: 640, height: 480, framesPerSecond: 206.654, crop: [1000, 752, 1280, 960] },
      { width: 1640, height: 1232, framesPerSecond: 41.8498, crop: [0, 0, 3280, 2464] },
      { width: 1920, height: 1080, framesPerSecond: 47.5715, crop: [680, 692, 1920, 1080] },
      { width: 3280, height: 2464, framesPerSecond: 21.1941, crop: [0, 0, 3280, 2464] },
    ];
    const formats = ['SRGGB10_CSI2P', 'SRGGB8'].map((name) => ({ name, modes }));
    const sensor = { model: 'imx219', width: 3280, height: 2464, bits: 10, filter: 'RGGB', formats };
    const bus = '/base/axi/pcie@1000120000/rp1/i2c';
    const cameras = ['88000', '80000'].map((at, number) => ({ ...sensor, number, id: `${bus}@${at}/imx219@10` }));
    expect(listCameras(cameras)).toBe(fixture('list-cameras'));
    expect(listCameras([])).toBe(fixture('list-cameras-none'));
  });

  it('lists the virtual cameras by their specs, with the modes that they have', async () => {
    const lines = (await numberedListing()).split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'Available cameras',
      '-----------------',
      '0 : imx219 [3280x2464 10-bit RGGB] (virtual:imx219?ppm=15&seed=0)',
      "    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]",
      '                             1640x1232 [41.84 fps - (0, 0)/3280x2464 crop]',
      '                             1920x1080 [47.57 fps - (680, 692)/1920x1080 crop]',
    ]);
    const titles = lines.filter((line) => /^\d+ : /.test(line));
    expect(titles).toHaveLength(8);
  });
});
