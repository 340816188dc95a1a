import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inProcess } from './support/in-process.ts';

/** Bad input: the command, and what its one line must name. */
const BAD: [string[], RegExp][] = [
  [['vid', '--nonsense'], /unknown option '--nonsense'/],
  [['record', '--cameras', '2', '--metadata', 'a'], /record has no --metadata: it is an option of genlock vid/],
  [['record', '--bitrate', '5'], /--bitrate 5: is 5 bits a second; give 1kbps to 2147mbps/],
  [['record', '--codec', 'yuv420'], /--codec yuv420: must be one of h264, mjpeg/],
  [['record', '--camera', 'rpicam:0', '--codec', 'mjpeg'], /--codec mjpeg: must be h264: stock cameras/],
  [['record', '--session', '--camera', 'rpicam:0'], /rpicam:0: a stock camera's program ends with its take/],
  [['record', '--session', '--ready-frames', '40'], /--ready-frames 40: takes in a row begin when they are told to/],
  [['record', '--format', 'avi'], /--format avi: must be one of mp4, mov, mkv/],
  [['record', '--nonsense'], /unknown option '--nonsense'/],
  [['record', '--fps', '60'], /record has no --fps: give --framerate 60$/m],
  [['record', '--fps'], /record has no --fps: give --framerate 30$/m],
  [['record', '--duration=90'], /record has no --duration: give -t 90s$/m],
  [['doctor', '-fps', '25'], /doctor has no -fps: give --framerate 25$/m],
  [['record', '/dev/video0'], /\/dev\/video0: a camera is given with --camera v4l2:\/dev\/video0$/m],
  [['record', '-d', '20'], /record has no -d: give -t 20s/],
  [['record', '--resolution', '1080p'], /record has no --resolution: give --size 1080p$/m],
  [['record', '--res', '1920x1080'], /record has no --res: give --width 1920 --height 1080$/m],
  [['record', '-n'], /record has no -n: it is an option of genlock vid/],
  [
    ['record', '-t', '2s', 'jump'],
    /jump: a take's folder is given with -o jump, a word in its name with --name jump$/m,
  ],
  [['record', '20s'], /20s: how long to record is given with -t 20s$/m],
  [['record', 'left=0', '1'], /left=0: cameras are given with --camera left=0 1$/m],
  [['record', 'studio.json'], /studio.json: a rig file is given with --rig studio.json$/m],
  [['record', '--camera', '0,1'], /--camera 0,1: no such camera; .*; several have spaces between them: 0 1$/m],
  [['cameras', 'all'], /all: nothing is to stand here; genlock cameras --help says what can$/m],
  [['record', '--width', '1920x1080'], /--width 1920x1080: is one side only; give --width 1920 --height 1080/],
  [['record', '--size', '720p', '--height', '480'], /--size 720p: does not go with --height 480; give one or/],
  [['record', '--size', '1920x1080'], /--size 1920x1080: must be one of 1080p, .*; or give --width 1920 --height 1080/],
  [['vid', '--size', '720p', '--height', '480'], /--size 720p and --height 480: give one or the other/],
  [['vid', '--size', '4k'], /--size 4k: must be one of 1080p, 720p, 480p/],
  [['record', '--camera', '/dev/video0'], /no such camera; .*, for this device v4l2:\/dev\/video0/],
  [['rig', 'create'], /missing required argument 'name'/],
  [['rig', 'create', 'my rig'], /the name of the rig, my rig: must be letters, digits, - and _/],
  [['rig', 'create', 'studio', '--port', '0'], /--port 0: must be a whole number from 1 to 65535/],
  [['rig', 'create', 'studio', '--host', 'a b'], /--host a b: must be an address/],
  [['rig', 'create', 'studio', '--as', '-'], /--as -: must be letters, digits/],
  [['join'], /missing required argument 'line'/],
  [['join', 'https://10.0.0.1/studio#a'], /the line to join with: must be genlock:\/\/HOST:PORT\/RIG#KEY/],
  [['join', 'genlock://10.0.0.1/studio#a'], /the line to join with: its key is not whole/],
  [['takes', 'rm'], /missing required argument 'take'/],
  [['takes', '/nowhere/at/all'], /\/nowhere\/at\/all: there is no such folder/],
  [['nonsense'], /unknown command 'nonsense'/],
  [['vid', 'stray'], /too many arguments/],
  [
    ['record', '\u2013cameras', '2'],
    /^genlock: \u2013cameras: begins with an en dash; write --cameras with two hyphens$/m,
  ],
  [['vid', '-t', '5m'], /-(t|-timeout) 5m: .*min, sec, s, ms, us or ns/],
  [['vid', '-t', 'soon'], /soon: not a time/],
  [['vid', '-t', '-3s'], /can't be negative/],
  [['record', '-t', '5m'], /min, sec, s, ms, us or ns/],
  [['vid', '--camera', '8'], /--camera 8: no such camera; there are 0 to 7/],
  [['vid', '--camera', 'nikon'], /--camera nikon: no such camera/],
  [['vid', '--camera', 'virtual:imx999'], /no sensor "imx999"; there are imx219, imx477/],
  [['vid', '--camera', 'virtual:imx708?mode=1x1'], /no mode "1x1"; it has 2304x1296, 1536x864, hdr/],
  [['vid', '--camera', 'virtual:imx219?colour=red'], /unknown part "colour"/],
  [['vid', '--camera', 'virtual:imx219?drop=2'], /drop must be a number from 0 to 0.9/],
  [['record', '--cameras', '0'], /--cameras 0: must be a whole number from 1/],
  [['record', '--cameras', '9'], /--cameras 9: must be a whole number from 1 to 8/],
  [['record', '--cameras', '2', '--camera', '0'], /give one or the other/],
  [['vid', '--framerate', '0', '--sync', 'server'], /--framerate 0: a variable frame rate can't be synchronised/],
  [['vid', '--framerate', 'fast'], /--framerate fast: not a frame rate/],
  [['vid', '--width', '641'], /--width 641: must be an even number/],
  [['vid', '--sync-controller', 'magic'], /--sync-controller magic: must be one of tracking, stock/],
  [['vid', '--sync-align', 'left'], /--sync-align left: must be one of start, middle, end/],
  [['vid', '--sync', 'maybe'], /--sync maybe: must be one of off, server, client/],
  [['vid', '--codec', 'vp9'], /--codec vp9: must be one of/],
  [['vid', '--sync', 'server', '--sync-port', '0'], /--sync-port 0: must be a whole number from 1 to 65535/],
  [['vid', '--sync', 'server', '--sync-port', '70000'], /--sync-port 70000/],
  [['vid', '--sync', 'client', '--sync-interface', 'eth99'], /eth99/],
  [['vid', '--encoder', 'magic'], /--encoder magic: must be one of node-av, ffmpeg/],
  [['verify'], /missing required argument/],
  [['verify', '/nowhere.mp4', '/nowhere.mp4'], /\/nowhere.mp4: no such file/],
  [['verify', '--tolerance', '0', 'a', 'b'], /--tolerance 0/],
  [['verify', 'a', '--max-repeats', '101'], /^genlock: --max-repeats 101: must be a percentage from 0 to 100$/m],
  [['report', 'a', '--max-repeats', '101'], /^genlock: --max-repeats 101: must be a percentage from 0 to 100$/m],
  [['record', '--max-repeats', '101'], /^genlock: --max-repeats 101: must be a percentage from 0 to 100$/m],
  [['doctor', '--framerate', 'fast'], /--framerate fast: not a frame rate/],
  [['doctor', '--rpicam-vid', '/nowhere/rpicam-vid'], /--rpicam-vid \/nowhere\/rpicam-vid: no program/],
  [['doctor', '--sync-interface', 'eth99'], /--sync-interface: no interface .*eth99/],
  [['doctor', '--bitrate', '5'], /unknown option '--bitrate'/],
  [['simulate', 'nonsense'], /no scenario "nonsense"; there are same-model, crystal-100ppm/],
  [['simulate', '99'], /no scenario "99"/],
  [['simulate', 'same-model', '--all'], /--all and same-model: give one or the other/],
  [
    ['simulate', 'same-model', '--server-model', 'imx708'],
    /--server-model makes a world of your own; .* with same-model/,
  ],
  [['simulate', '--all', '--plot', 'x.svg'], /--plot draws one scenario/],
  [
    ['simulate', 'lost-messages', '--variant', 'none'],
    /--variant none: no variant of lost-messages; it has loss-30, bursts-5s/,
  ],
  [['simulate', 'same-model', '--variant', 'x'], /--variant x: no variant of same-model; it has none/],
  [['simulate', '--seed', '-1'], /--seed -1: must be a whole number/],
  [['simulate', '--plot', 'x.jpg'], /--plot x.jpg: must end in .svg or .png/],
  [['simulate', '--plot', '/nowhere/x.svg'], /--plot \/nowhere\/x.svg: /],
  [['simulate', '--model', 'imx999'], /--model imx999: no sensor "imx999"; there are imx219/],
  [['simulate', '--model', 'imx708:1x1'], /--model imx708:1x1: imx708 has no mode "1x1"; it has 2304x1296/],
  [['simulate', '--framerate', '60'], /--framerate 60: imx219 in mode 1640x1232 runs at most at 41.8 fps/],
  [['simulate', '--framerate', '0'], /--framerate 0/],
  [['simulate', '--ppm', '5'], /--ppm 5: give two numbers/],
  [['simulate', '--ppm', '5,x'], /--ppm x: must be a number/],
  [['simulate', '--loss', '2'], /--loss 2: must be a number from 0 to 1/],
  [['simulate', '--drop', '1'], /--drop 1: must be a number from 0 to 0.9/],
  [['simulate', '--noise', 'loud'], /--noise loud/],
  [['simulate', '--seconds', '1'], /--seconds 1: must be a number from 4/],
  [['simulate', '--cameras', '0'], /--cameras 0/],
  [['simulate', '--nonsense'], /unknown option '--nonsense'/],
];

describe('bad input', () => {
  it.each(BAD)('%j is one clear line and exit code 2', async (args, line) => {
    const { code, stdout, stderr } = await inProcess(args);
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^genlock: [^\n]*\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(existsSync('x.svg')).toBe(false);
  });
});

describe('help', () => {
  it.each([[[]], [['record']], [['vid']], [['verify']], [['cameras']]])(
    'genlock %j --help says how to use it',
    async (args) => {
      const { code, stdout } = await inProcess([...(args as string[]), '--help']);
      expect(stdout).toMatch(/Usage: genlock/);
      expect(code ?? 0).toBe(0);
    },
  );

  it('genlock cameras --json is JSON with eight numbered cameras', async () => {
    const { stdout, code } = await inProcess(['cameras', '--json']);
    expect(JSON.parse(stdout).cameras).toHaveLength(8);
    expect(code ?? 0).toBe(0);
  });
});
