import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { paintFor } from '../src/cli/colours.ts';
import { doctorTable } from '../src/cli/doctor-table.ts';
import { clockFinding } from '../src/doctor/clock.ts';
import type { Finding } from '../src/doctor/finding.ts';
import {
  boardFinding,
  cmaFinding,
  processorsFinding,
  temperatureFinding,
  throttlingFinding,
} from '../src/doctor/machine.ts';
import { networkFinding, type Route } from '../src/doctor/network.ts';
import { isGood } from '../src/doctor/report.ts';
import { ffmpegFinding, koffiFinding, nodeFinding } from '../src/doctor/software.ts';
import { diskFinding, encoderFinding, folderFinding } from '../src/doctor/speed.ts';
import {
  libcameraFinding,
  likelyMode,
  modesFinding,
  programFinding,
  type StockProgram,
  tuningFinding,
} from '../src/doctor/stock.ts';
import { type ListedCamera, parseCameraList } from '../src/rpicam/list-cameras.ts';
import { someReport } from './support/doctor-report.ts';

/** What a person reads: verdict, value and advice. */
const said = ({ verdict, value, advice = '' }: Finding): string => `${verdict}: ${value} > ${advice}`;

const PI4 = { model: 'Raspberry Pi 4 Model B Rev 1.4' };
const PI5 = { model: 'Raspberry Pi 5 Model B Rev 1.0' };
const MB = 1024 * 1024;
const [imx219] = parseCameraList(readFileSync('test/fixtures/rpicam/list-cameras/out', 'utf8')) as [ListedCamera];

describe('the machine', () => {
  it('is named; a 32-bit system is a warning', () => {
    const system = { board: PI5, os: 'Linux 6.12.25', distribution: 'Debian GNU/Linux 12 (bookworm)' };
    expect(said(boardFinding({ ...system, arch: 'arm64' }))).toBe(
      'good: Raspberry Pi 5 Model B Rev 1.0, Debian GNU/Linux 12 (bookworm), Linux 6.12.25, arm64 > ',
    );
    expect(said(boardFinding({ ...system, arch: 'arm' }))).toMatch(/^warn: .*> install the 64-bit/);
  });

  it('is busy where more wants to run than there are processors', () => {
    expect(processorsFinding({ processors: 4, load: 3.9 }).verdict).toBe('good');
    expect(said(processorsFinding({ processors: 4, load: 6 }))).toMatch(/^warn: 4, load 6.0 > .*dropped/);
    expect(said(processorsFinding({ processors: 4 }))).toBe('good: 4 > ');
  });

  it.each([
    [54, 'good'],
    [72, 'warn'],
    [83, 'warn'],
  ])('at %d C on a Pi is %s', (temperatureC, verdict) => {
    expect(temperatureFinding({ ...PI5, temperatureC })).toMatchObject({
      verdict,
      value: expect.stringContaining(`${temperatureC} C`),
    });
  });

  it('may be as warm as it likes where it is no Pi, and says nothing where it has no sensor', () => {
    expect(temperatureFinding({ temperatureC: 88 }).verdict).toBe('good');
    expect(temperatureFinding(PI5).verdict).toBe('not applicable');
  });

  it.each([
    [0x0, 'good', 'none since the boot (0x0)', undefined],
    [0x5_0005, 'warn', 'now: too little voltage, slowed down (0x50005)', /power supply/],
    [0x5_0000, 'warn', 'since the boot: too little voltage, slowed down (0x50000)', /power supply/],
    [0x8_0008, 'warn', 'now: temperature limit (0x80008)', /heat sink/],
  ])('throttled %d is %s', (throttled, verdict, value, advice) => {
    const found = throttlingFinding({ ...PI4, throttled });
    expect(found).toMatchObject({ verdict, value });
    if (advice === undefined) expect(found.advice).toBe(undefined);
    else expect(found.advice).toMatch(advice);
  });

  it('that is no Pi has no throttling and no camera memory, and says so', () => {
    for (const found of [throttlingFinding({}), cmaFinding({}, false, [])]) {
      expect(found).toMatchObject({ verdict: 'not applicable', value: 'no Raspberry Pi: not applicable' });
    }
    expect(said(throttlingFinding(PI4))).toMatch(/^warn: not known.*usermod -aG video/);
  });

  it('has memory for two cameras in a small mode on a Pi 4, not in the largest; on a Pi 5 it does not matter', () => {
    const cma = { totalBytes: 256 * MB, freeBytes: 200 * MB };
    const two = (width: number, height: number) =>
      Array.from({ length: 2 }, () => ({ mode: { width, height, bits: 10 }, width, height }));
    expect(cmaFinding({ ...PI4, cma }, false, two(640, 480)).verdict).toBe('good');
    expect(said(cmaFinding({ ...PI4, cma }, false, two(3280, 2464)))).toMatch(/^warn: .*2 cameras need.*cma-512/);
    expect(
      cmaFinding({ ...PI5, cma: { totalBytes: 64 * MB, freeBytes: 10 * MB } }, true, two(3280, 2464)).verdict,
    ).toBe('good');
  });
});

describe('software', () => {
  it.each([
    ['20.19.0', 'good'],
    ['22.1.0', 'good'],
    ['18.20.4', 'fail'],
    ['20.9.0', 'fail'],
  ])('Node %s is %s', (version, verdict) => expect(nodeFinding(version, '>=20.19').verdict).toBe(verdict));

  it('without koffi has coarser clocks', () => {
    expect(koffiFinding('3.3.4').verdict).toBe('good');
    expect(said(koffiFinding(undefined))).toMatch(/^warn: .*> npm install koffi$/);
  });

  const nodeAv = { name: 'node-av', version: '6.1.1 (FFmpeg 8.1)' };
  const noNodeAv = { name: 'node-av', missing: 'node-av is not installed; get it with: npm install node-av' };
  const noFfmpeg = { name: 'ffmpeg', missing: 'no ffmpeg: install it' };

  it('needs one way to FFmpeg, and the one that was asked for', () => {
    expect(said(ffmpegFinding([nodeAv, { name: 'ffmpeg', version: '5.1.9' }]))).toBe(
      'good: node-av 6.1.1 (FFmpeg 8.1); ffmpeg 5.1.9 > ',
    );
    expect(ffmpegFinding([nodeAv, noFfmpeg])).toMatchObject({ verdict: 'good', limits: ['no ffmpeg: install it'] });
    expect(said(ffmpegFinding([noNodeAv, noFfmpeg]))).toMatch(
      /^fail: none.*npm install node-av; or no ffmpeg: install it$/,
    );
    expect(said(ffmpegFinding([nodeAv, noFfmpeg], 'ffmpeg'))).toMatch(/^fail: .*not ffmpeg.*> no ffmpeg: install it$/);
  });
});

describe('the stock program', () => {
  const program = (about: Partial<StockProgram>): StockProgram => ({
    ...{
      path: '/usr/bin/rpicam-vid',
      name: 'rpicam-apps',
      apps: '1.12.0',
      libcamera: '0.8.0',
      sync: true,
      libav: true,
    },
    ...about,
  });

  it('is wanted on a Pi, and not applicable elsewhere', () => {
    expect(said(programFinding(undefined, true, 30))).toMatch(/^fail: not found.*apt install rpicam-apps/);
    expect(programFinding(undefined, false, 30).verdict).toBe('not applicable');
  });

  it('of today is good', () => {
    expect(programFinding(program({}), true, 60)).toMatchObject({
      verdict: 'good',
      value: '1.12.0 (/usr/bin/rpicam-vid)',
    });
    expect(libcameraFinding(program({}), 60)).toEqual({ check: 'libcamera', verdict: 'good', value: '0.8.0' });
  });

  it('that has no --sync, or no libav, lets a take fail', () => {
    expect(said(programFinding(program({ sync: false, apps: '1.4.0' }), true, 30))).toMatch(
      /^fail: .*no --sync > .*full-upgrade/,
    );
    expect(said(programFinding(program({ libav: false }), true, 30))).toMatch(/^fail: .*libav.*rpicam-apps/);
  });

  it('that is called libcamera-vid, or does not answer, is a warning', () => {
    expect(programFinding(program({ name: 'libcamera-apps' }), true, 30).verdict).toBe('warn');
    expect(programFinding({ path: 'x', sync: undefined }, true, 30).verdict).toBe('warn');
    expect(libcameraFinding({ path: 'x', sync: true }, 30).verdict).toBe('warn');
  });

  it('says what an old one can not do, and warns where that matters at this rate', () => {
    const old = program({ apps: '1.9.0', libcamera: '0.5.2+99-bfd68f78' });
    expect(programFinding(old, true, 30)).toMatchObject({
      verdict: 'good',
      limits: [expect.stringContaining('above 33.3 fps')],
    });
    expect(said(programFinding(old, true, 60))).toMatch(/^warn: .*--framerate 30/);
    expect(libcameraFinding(old, 60).verdict).toBe('warn');
    const { verdict, limits } = libcameraFinding(old, 30);
    expect({ verdict, count: limits?.length }).toEqual({ verdict: 'good', count: 2 });
    expect(libcameraFinding(program({ libcamera: '0.4.0+rpt20241223' }), 30).limits?.[0]).toMatch(/log/);
  });
});

describe('a camera', () => {
  const modes = (width: number, height: number, fps: number) =>
    modesFinding('rpicam:0', imx219, { width, height, fps });

  it('is listed with each of its sizes once', () => {
    expect(modes(640, 480, 30)).toEqual({
      check: 'modes',
      of: 'rpicam:0',
      verdict: 'good',
      value: 'imx219: 640x480 to 206.6 fps, 1640x1232 to 41.8 fps, 1920x1080 to 47.5 fps, 3280x2464 to 21.1 fps',
    });
  });

  it('lets a take fail whose rate no mode of this size has, and warns where a client has no room', () => {
    expect(said(modes(3280, 2464, 30))).toMatch(/^fail: .*no mode does 3280x2464 at 30 fps: at most --framerate 16.9/);
    expect(said(modes(1920, 1080, 45))).toMatch(/^warn: .*47.5 fps at most.*--framerate 38/);
    expect(modes(1920, 1080, 38).verdict).toBe('good');
  });

  it('without modes does nothing', () => {
    const none = { ...imx219, modes: [] };
    expect(said(modesFinding('rpicam:0', none, { width: 640, height: 480, fps: 30 }))).toMatch(
      /^fail: imx219: no mode is listed/,
    );
  });

  it('takes the smallest mode that does', () => {
    expect(likelyMode(imx219.modes, { width: 640, height: 480, fps: 30 })).toMatchObject({ width: 640 });
    expect(likelyMode(imx219.modes, { width: 1640, height: 1232, fps: 30 })).toMatchObject({ width: 1640 });
    expect(likelyMode(imx219.modes, { width: 3280, height: 2464, fps: 30 })).toBe(undefined);
  });

  it('is told of sync by a tuning file', () => {
    const file = (model: string, sync: boolean | undefined) => ({ spec: 'rpicam:0', model, sync });
    expect(tuningFinding([file('imx219', true)])).toMatchObject({ verdict: 'good' });
    expect(tuningFinding([file('imx219', true), file('imx462', false)])).toMatchObject({
      verdict: 'good',
      limits: [expect.stringContaining('imx462')],
    });
    expect(said(tuningFinding([file('imx999', undefined)]))).toMatch(
      /^warn: none is installed for imx999 > .*LIBCAMERA_IPA_CONFIG_PATH/,
    );
  });
});

describe('the network', () => {
  const eth: Route = { asked: 'default', name: 'eth0', heard: true, wireless: false };
  const group = '239.255.255.250';

  it('is good where a message comes back', () => {
    expect(said(networkFinding({ group, routes: [eth] }))).toBe(
      'good: a message to 239.255.255.250 comes back by eth0 > ',
    );
  });

  it('without a route lets a take fail, and says which route would do', () => {
    const none: Route = { asked: 'default', heard: false, wireless: false };
    expect(said(networkFinding({ group, routes: [none] }))).toMatch(
      /^fail: no route .*ip route add 239\.0\.0\.0\/8 dev lo/,
    );
    const down: Route = { ...none, asked: '127.0.0.1' };
    expect(said(networkFinding({ group, routes: [down] }))).toMatch(/^fail: .*ip link set lo up/);
    expect(said(networkFinding({ group, routes: [{ ...eth, heard: false }] }))).toMatch(
      /^fail: .*eth0 does not come back.*firewall/,
    );
  });

  it('is a warning where only the takes of virtual cameras have a way, and on Wi-Fi', () => {
    const lo: Route = { ...eth, asked: 'lo', name: 'lo' };
    const other: Route = { asked: 'default', heard: false, wireless: false };
    expect(networkFinding({ group, routes: [lo], other })).toMatchObject({
      verdict: 'warn',
      limits: [expect.stringContaining('only virtual cameras')],
    });
    expect(said(networkFinding({ group, routes: [{ ...eth, name: 'wlan0', wireless: true }] }))).toMatch(
      /^warn: .*Wi-Fi.*cable/,
    );
  });
});

describe('the clock', () => {
  it('that is kept is good; one that is not is a warning, and never fails a take of one host', () => {
    expect(
      said(
        clockFinding({
          service: 'chrony',
          synchronised: true,
          source: 'pi',
          address: '10.0.0.1',
          offsetUs: 12,
          jitterUs: 3,
          boundUs: 45,
        }),
      ),
    ).toBe('good: chrony, 12 us from pi, bound 45 us > ');
    for (const service of [undefined, { service: 'kernel', synchronised: false } as const]) {
      expect(clockFinding(service)).toMatchObject({ verdict: 'warn', advice: expect.stringMatching(/^run chronyd/) });
    }
  });

  it('that is wrong on purpose is said', () => {
    expect(said(clockFinding({ service: 'kernel', synchronised: true }, 'offset=5ms'))).toMatch(
      /^warn: .*offset=5ms.*unset GENLOCK_CLOCK/,
    );
  });
});

describe('speed', () => {
  const folder = { path: 'takes', freeBytes: 80e9, lastsS: 90_000 };

  it('of a folder: read-only and full fail, little room is a warning', () => {
    expect(said(folderFinding(folder))).toBe('good: takes: 80.0 GB free, enough for about 25 h > ');
    expect(said(folderFinding({ ...folder, refused: 'EROFS' }))).toMatch(
      /^fail: takes can't be written: the file system is read-only > .*--output/,
    );
    expect(said(folderFinding({ ...folder, refused: 'EACCES' }))).toMatch(/^fail: .*this user may not/);
    expect(said(folderFinding({ path: 'takes', freeBytes: 3e6, lastsS: 0 }))).toMatch(
      /^fail: takes: 3.0 MB free, too little/,
    );
    expect(said(folderFinding({ ...folder, refused: 'ENOSPC' }))).toMatch(/^fail: .*too little for a take > delete/);
    expect(said(folderFinding({ path: 'takes', freeBytes: 99e6, lastsS: 120 }))).toMatch(
      /^warn: .*enough for about 2 min/,
    );
  });

  it.each([
    [10e6, 'good'],
    [1.5e6, 'warn'],
    [0.9e6, 'fail'],
  ])('of a disk with %d bytes a second, for 1 MB/s: %s', (bytesPerS, verdict) => {
    expect(diskFinding(bytesPerS, 1e6).verdict).toBe(verdict);
  });

  it.each([
    [200, false, 'good'],
    [90, false, 'warn'],
    [50, false, 'fail'],
    [50, true, 'warn'],
  ])('of an encoder that does %d frames/s, for 60 (elsewhere: %s): %s', (framesPerS, elsewhere, verdict) => {
    const trial = { way: 'node-av', width: 640, height: 480, framesPerS, cameras: 2, fps: 30, elsewhere };
    expect(encoderFinding(trial)).toMatchObject({ verdict, value: expect.stringContaining('make 60') });
  });
});

describe('the table', () => {
  const text = doctorTable(someReport, { paint: paintFor('never', process.stdout) });

  it('says what is wrong and what to do, the verdict last', () => {
    expect(isGood(someReport.findings)).toBe(false);
    expect(text).toContain('  FAIL  folder');
    expect(text).toContain('> give a folder that can be: --output FOLDER');
    expect(text).toContain('- matters where several hosts take part');
    expect(text.trimEnd().split('\n').at(-1)).toBe('A take like this would fail: folder; to look at: clock');
  });

  it('has colours on a terminal alone, and folds at its width', () => {
    const ESCAPE = String.fromCharCode(27);
    expect(text).not.toContain(ESCAPE);
    expect(doctorTable(someReport, { paint: paintFor('always', process.stdout) })).toContain(`${ESCAPE}[31mFAIL`);
    const narrow = doctorTable(someReport, { paint: paintFor('never', process.stdout), columns: 60 });
    const longest = narrow
      .split('\n')
      .slice(2, -2)
      .map((line) => line.length);
    expect(Math.max(...longest)).toBeLessThanOrEqual(60);
  });
});
