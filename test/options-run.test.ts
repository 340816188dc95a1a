import { describe, expect, it } from 'vitest';
import { optionsInForce } from '../src/cli/options/lines.ts';
import { readOptions } from '../src/cli/options/read.ts';
import { vidRun } from '../src/cli/options/run-options.ts';
import { UsageError } from '../src/errors.ts';

const run = (line = '') => vidRun(readOptions(line.split(' ').filter((word) => word !== '')));
const video = (line: string) => run(line).options.files.video;

describe('a run', () => {
  it('without options records 640x480 at 30 fps for 5 s, saves nothing, and says so', () => {
    const { options, lines } = run();
    expect(options.camera).toMatchObject({ name: 'cam0', width: 640, height: 480, frameRate: { num: 30, den: 1 } });
    expect(options.camera).not.toHaveProperty('image');
    expect(options.camera).not.toHaveProperty('controls');
    expect(options).toMatchObject({ sync: 'off', frames: 150, initial: 'record' });
    expect(options.files.video.file).toBeUndefined();
    expect(options.files).not.toHaveProperty('segments');
    expect(lines).toEqual(['no --output: no video is saved']);
  });

  it('has the sides that a size stands for, in what is encoded too', () => {
    expect(run('--size 720p').options.camera).toMatchObject({ width: 1280, height: 720 });
    expect(run('--size 1080p --width 0').options.camera).toMatchObject({ width: 1920, height: 1080 });
    expect(video('--size 480p -o a.mp4')).toMatchObject({ width: 640, height: 480 });
  });

  it('hands the camera what is asked of it: the picture, the mode, and the rest as it was given', () => {
    const { camera } = run(
      '--hflip --rotation 180 --roi 0,0,0.5,0.5 --contrast 1.2 --awbgains 1.6,1.8 --shutter 2ms --gain 2 --mode 640:480:8:U --hdr --ev -1',
    ).options;
    expect(camera).toMatchObject({
      exposureUs: 2000,
      gain: 2,
      sensorMode: { width: 640, height: 480, bits: 8, packed: false },
      controls: { hdr: 'auto', ev: '-1' },
    });
    expect(camera.image).toEqual({
      hflip: true,
      rotation: 180,
      roi: { x: 0, y: 0, width: 0.5, height: 0.5 },
      contrast: 1.2,
      awbGains: [1.6, 1.8],
    });
  });

  it('does not bother the camera with defaults that are written out', () => {
    const { camera } = run(
      '--ev 0 --awb auto --autofocus-window 0,0,0,0 --brightness 0 --hflip=0 --flicker-period 0',
    ).options;
    expect(camera).not.toHaveProperty('image');
    expect(camera).not.toHaveProperty('controls');
  });

  it('takes its sync settings from options, else by default', () => {
    const { options } = run('--sync server --sync-port 12000 --ready-frames 60 --sync-interface lo');
    expect(options.network).toMatchObject({ group: '239.255.255.250', port: 12_000 });
    expect(options.syncSettings).toEqual({ syncPeriod: 30, readyFrame: 60, minAdjustmentUs: 50 });
  });

  it('ends before a frame of the timeline where that is given, whatever time or count is', () => {
    const { options } = run('--sync client --end-frame 300 --join-locked -t 0 -o a.mp4');
    expect(options).toMatchObject({ endFrame: 300, frames: undefined, countPauses: false, joinLocked: true });
    expect(run('--end-frame 300 --frames 20 -o a.mp4').options).toMatchObject({ endFrame: 300, frames: undefined });
    expect(run('--frames 20 -o a.mp4').options).toMatchObject({ frames: 20, joinLocked: false });
    expect(run('--frames 20 -o a.mp4').options.endFrame).toBeUndefined();
    for (const wrong of ['0', '-3', '1.5', 'soon']) {
      expect(() => run(`--end-frame ${wrong}`), wrong).toThrow(UsageError);
      expect(() => run(`--end-frame ${wrong}`), wrong).toThrow(/--end-frame/);
    }
  });

  it('counts segments in frames and a circular buffer in bytes', () => {
    expect(run('--segment 2000 --framerate 29.97 --wrap 5 -o a%d.mp4').options.files.segments).toEqual({
      segmentFrames: 60,
      wrap: 5,
    });
    expect(run('--circular --split -o a.mp4').options.files.segments).toEqual({ circularBytes: 4 << 20, split: true });
  });

  it.each([
    ['-o rtmp://host/live/x', 'flv'],
    ['-o rtmps://host/live/x --codec libav', 'flv'],
    ['-o srt://host:4', 'mpegts'],
    ['-o srt://host:4 --codec libav --libav-format matroska', 'matroska'],
    ['-o http://host/x', 'h264'],
    ['-o http://host/x --codec mjpeg', 'mjpeg'],
    ['--circular -o -', 'h264'],
  ])('of %s is sent as %s', (line, format) => {
    expect(video(line).format).toBe(format);
  });

  it.each([
    ['-o - --metadata -', /--output and --metadata: only one of them can go to stdout/],
    ['-o a.txt --metadata ./a.txt', /--output and --metadata: both write .*a\.txt; give each a file of its own/],
    [
      '--circular -o udp://127.0.0.1:4',
      /--circular: is saved into files or to stdout; give .* in place of udp:\/\/127.0.0.1:4$/,
    ],
    ['--circular -o rtmp://host/x', /--circular: is saved into files or to stdout/],
    ['--circular --segment 2000 -o a.mp4', /--circular and --segment: give one or the other/],
    ['--framerate 0 --sync server', /--framerate 0: a variable frame rate can't be synchronised/],
    ['--framerate 0', /--framerate 0: this camera has no variable frame rate/],
    ['--codec libav -o -', /--codec libav: a stream to - .*--libav-format/],
    ['-o udp://nowhere', /udp:\/\/nowhere: must be udp:\/\/host:port/],
    [
      '-o rtsp://host:1',
      /^rtsp:\/\/host:1: FFmpeg's rtsp .* -o - \| ffmpeg -f h264 -i - -c copy -f rtsp rtsp:\/\/host:1$/,
    ],
    ['-o RTP://host:1', /FFmpeg's rtp makes connections of its own/],
    ['-o tcp://host:70000', /tcp:\/\/host:70000: must be/],
  ])('of %s is refused', (line, message) => {
    expect(() => run(line)).toThrow(UsageError);
    expect(() => run(line)).toThrow(message);
  });

  it.each([
    ['--initial pause -o a.mp4', /--initial pause: nothing can resume it/],
    ['--listen -o a.mp4', /--listen: acts with --output tcp/],
    ['--low-latency --codec mjpeg -o a.mjpeg', /--low-latency: acts with libx264 only/],
    ['--initial pause --sync client -o a.mp4', /^--initial pause: a client begins as its server does$/],
    ['--quality 90 -o a.mp4', /^--quality: acts with --codec mjpeg only$/],
    ['--codec mjpeg -g 10 -b 2M --inline -o a.mjpeg', /^--bitrate, --intra, --inline: no effect on mjpeg$/],
    ['--codec yuv420 -g 10 --profile main --level 4 -o a.yuv', /^--intra, --profile, --level: no effect on yuv420$/],
    ['--codec yuv420 --libav-video-codec-opts crf=20 -o a.yuv', /^--libav-video-codec-opts: no effect on yuv420$/],
    ['--codec mjpeg --libav-video-codec libx265 -o a.mjpeg', /^--libav-video-codec: acts with --codec h264 or libav/],
    ['--libav-video-codec mjpeg -b 2M -q 90 -o a.mkv', /mjpeg only\n--bitrate: no effect on mjpeg$/],
    ['--libav-video-codec libx265 --level 4 --profile main -o a.mp4', /^--profile, --level: act on H.264 only$/],
    ['--libav-video-codec h264_v4l2m2m --inline -o a.mp4', /^--inline: acts with libx264 and libx265 only$/],
    ['-b 2M --libav-video-codec-opts crf=20 -o a.mp4', /^--bitrate: --libav-video-codec-opts crf=20 overrides it$/],
    ['--low-latency --libav-video-codec-opts tune=film -o a.mp4', /^--low-latency: .* tune=film overrides it$/],
    ['--split -o a%d.mp4', /^--split: nothing pauses the recording; add --keypress or --signal$/],
    ['--split --sync server -o a%d.mp4', /^--split: nothing pauses the recording/],
    ['--split --circular --signal -o a%d.mp4', /^--split: a circular buffer is not cut$/],
    ['--wrap 3 -o a.mp4', /^--wrap: there is one file; it acts with --segment, --split or --circular$/],
    ['--wrap 3 --split -o a%d.mp4', /^--split: nothing pauses .*\n--wrap: there is one file/],
    ['--wrap 3 --segment 1000 -o %H%M%S.mp4', /^--wrap: %H%M%S\.mp4 does not count files; add %03d$/],
    ['--segment 1000 --wrap 3 -o -', /^--segment, --wrap: a stream is not cut$/],
    ['--metadata-format txt -o a.mp4', /^--metadata-format: acts with --metadata only$/],
    ['--frames 10 -t 1s -o a.mp4', /^--timeout: --frames overrides it$/],
    [
      '--sync-port 12000 --ready-frames 60 --sync-align start -o a.mp4',
      /^--sync-port, --sync-align, --ready-frames: act with --sync server or client only$/,
    ],
    [
      '--sync server --min-adjustment 20 --sync-align start -o a.mp4',
      /^--sync-align, --min-adjustment: act on a client/,
    ],
    ['--sync client --ready-frames 60 -o a.mp4', /^--ready-frames: acts on a server only$/],
    ['--sync client --min-adjustment 20 -o a.mp4', /^--min-adjustment: acts with --sync-controller stock only$/],
    ['--sync client --sync-controller stock --sync-align start -o a.mp4', /^--sync-align: acts with .* tracking only$/],
  ])('of %s says what has no effect', (line, message) => {
    expect(run(line).lines.join('\n')).toMatch(message);
  });

  it.each([
    '-o a.mp4 -q 50 -b 2M -g 10 --inline --profile main --level 4 --low-latency',
    '-o a.mjpeg --codec mjpeg -q 90 --libav-video-codec-opts qmin=2',
    '-o a.mkv --libav-video-codec libx265 --inline -g 10 -b 2M',
    '-o a%d.mp4 --split --keypress',
    '-o a%d.mp4 --split --sync client',
    '-o a%d.mp4 --split --sync server --signal --initial pause',
    '-o a.mp4 --wrap 3 --segment 1000',
    '-o a%d.mp4 --wrap 3 --circular',
    '-o - --segment 1000 --save-pts a%d.pts',
    '-o a.mp4 --metadata m.txt --metadata-format txt',
    '-o a.mp4 --sync server --ready-frames 60 --sync-period 10 --sync-port 12000 --sync-interface lo',
    '-o a.mp4 --sync client --sync-controller stock --min-adjustment 20 --ready-frames 60',
    '-o a.mp4 --sync client --sync-align middle',
    '-o a.mp4 --listen=0 --initial record --wrap 0 --metadata-format json --sync off',
    '-o /dev/null --metadata /dev/null',
  ])('of %s has nothing to say', (line) => {
    expect(run(line).lines).toEqual([]);
  });

  it('lists the options in force in the shape of rpicam-vid, with what is used for those left open', () => {
    const asked = readOptions(['-t', '2s', '-o', 'server.mp4', '--sync-port', '12000', '--hflip']);
    const list = optionsInForce(asked, vidRun(asked).options).split('\n');
    expect(list[0]).toBe('Options:');
    for (const line of [
      'timeout: 2000ms',
      'width: 640',
      'output: server.mp4',
      'framerate: 30',
      'hdr: off',
      'hflip: 1',
    ]) {
      expect(list).toContain(`    ${line}`);
    }
    expect(list).toContain('    sync-port: 12000');
    expect(list).toContain('    sync-group: 239.255.255.250');
  });
});

describe('the video', () => {
  it.each([
    ['-o a.mp4', { codec: 'h264', file: 'a.mp4' }],
    ['-o a', { codec: 'h264', format: 'h264' }],
    ['-o a.h264', { codec: 'h264', format: 'h264' }],
    ['-o a.bin', { codec: 'h264', format: 'h264' }],
    ['-o -', { file: '-', format: 'h264' }],
    ['-o - --libav-format mpegts', { file: '-', format: 'mpegts' }],
    ['--libav-video-codec libx265 -o a.hevc', { codec: 'h264', format: 'hevc' }],
    ['--codec libav -o a.x --libav-format mp4', { format: 'mp4' }],
    ['--codec mjpeg -o a.mjpeg', { codec: 'mjpeg', format: 'mjpeg', quality: 50 }],
    ['--codec mjpeg -q 0 -o a.avi', { codec: 'mjpeg', quality: 0 }],
    ['--codec yuv420 -o a.yuv', { codec: 'yuv420', format: 'rawvideo' }],
    ['-l -o tcp://0.0.0.0:8888', { file: 'tcp://0.0.0.0:8888', listen: true, format: 'h264' }],
    ['-o tcp://0.0.0.0:8888?listen=1', { file: 'tcp://0.0.0.0:8888?listen=1', format: 'h264' }],
    ['-o udp://239.0.0.1:1234?ttl=1', { file: 'udp://239.0.0.1:1234?ttl=1', format: 'h264' }],
    ['--low-latency -o a.mp4', { libavOptions: { tune: 'zerolatency' } }],
    ['--low-latency --libav-video-codec-opts tune=film -o a.mp4', { libavOptions: { tune: 'film' } }],
    ['--libav-video-codec h264_v4l2m2m -o a.mp4', { libavCodec: 'h264_v4l2m2m' }],
    ['-b 2M -g 15 --inline --profile main -o a.mp4', { bitrate: 2e6, intra: 15, inline: true, profile: 'main' }],
  ])('of %s', (line, expected) => {
    expect(video(line)).toMatchObject(expected);
  });

  it('is encoded by libx264 unless an encoder is named, and needs no format it is not told', () => {
    expect(video('-o a.mp4')).not.toHaveProperty('libavCodec');
    for (const line of ['-o a.mp4', '-o a.MKV', '--codec mjpeg -o a.avi', '--codec libav -o a.unknown']) {
      expect(video(line)).not.toHaveProperty('format');
    }
    expect(video('--codec yuv420 -o a.mp4').format).toBe('rawvideo');
  });
});
