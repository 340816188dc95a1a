import { extname } from 'node:path';
import { Command, Option } from 'commander';
import { cameraSpec } from '../camera/open.ts';
import { UsageError } from '../errors.ts';
import { openClock } from '../host/clock.ts';
import { resolveInterface } from '../host/interfaces.ts';
import { raisePriority } from '../host/priority.ts';
import { CameraRun, type CameraRunOptions } from '../run/camera-run.ts';
import type { Line } from '../run/notices.ts';
import { slotsFor } from '../run/slots.ts';
import { Supervised } from '../run/supervised.ts';
import { listCameras } from './cameras.ts';
import { ENCODERS, parseChoice, parseNumber, parseRate, parseSide, parseTime, parseWhole } from './parse.ts';
import { StatusLine } from './status-line.ts';
import { addSyncOptions, type SyncFlags, syncController, syncNetwork, syncSettings } from './sync-options.ts';

interface VidFlags extends SyncFlags {
  camera: string;
  timeout: string;
  frames: string;
  framerate: string;
  width: string;
  height: string;
  output?: string;
  codec: string;
  encoder?: string;
  shutter: string;
  gain: string;
  sync: string;
  metadata?: string;
  metadataFormat: string;
  savePts?: string;
  framesCsv?: string;
  verbose?: string | boolean;
  listCameras?: boolean;
  name?: string;
  openReady?: boolean;
}

/** Output formats by the codec, where the file's name does not tell. */
const CODECS = ['h264', 'libav'] as const;

export function vidCommand(): Command {
  const command = new Command('vid')
    .summary('record one camera, with the options of rpicam-vid')
    .description(
      'Record one camera, with options named as rpicam-vid has them. Overwrites its output file, as that does.',
    )
    .option(
      '--camera <number|spec>',
      'which camera: a number (see framelock cameras) or a spec such as virtual:imx708',
      '0',
    )
    .option(
      '-t, --timeout <time>',
      'how long to record: 20s, 1.5min, 500ms; a bare number is ms; 0 is without end',
      '5sec',
    )
    .option('--frames <count>', 'how many frames to record; overrides --timeout', '0')
    .option('--framerate <fps>', 'frames a second', '30')
    .option('--width <pixels>', 'width of the video', '0')
    .option('--height <pixels>', 'height of the video (640x480 unless told)', '0')
    .option('-o, --output <file>', 'the video file: .mp4, .mkv, .h264')
    .option('--codec <codec>', 'h264, or libav for a container by the file name', 'h264')
    .option('--encoder <name>', 'node-av (in process) or ffmpeg (the program); default: the first that works')
    .option('--shutter <time>', 'fixed exposure; a bare number is us; 0 leaves it to the camera', '0')
    .option('--gain, --analoggain <gain>', 'fixed gain; 0 leaves it to the camera', '0')
    .option('--sync <mode>', 'off, server (says when its frames start) or client (follows a server)', 'off')
    .option('--metadata <file>', 'write a metadata entry a frame; - is stdout')
    .option('--metadata-format <format>', 'json or txt', 'json')
    .option('--save-pts <file>', "write each frame's time in ms")
    .option('--frames-csv <file>', 'write index, times, phase and correction of each frame')
    .option('-n, --nopreview', 'accepted: there is no preview window')
    .option('-v, --verbose [level]', '0 says nothing, 1 the usual, 2 everything', '1')
    .option('--list-cameras', 'list the cameras and exit')
    .option('--name <name>', 'what the camera is called in the picture and in messages');
  addSyncOptions(command);
  command.addOption(new Option('--open-ready', 'server: the recording begins when the supervisor says').hideHelp());
  return command.allowExcessArguments(false).action(async (flags: VidFlags & { analoggain?: string }) => {
    if (flags.listCameras) {
      process.stdout.write(listCameras());
      return;
    }
    process.exitCode = await vid(flags);
  });
}

async function vid(flags: VidFlags): Promise<number> {
  const supervised = Supervised.here();
  try {
    return await runCamera(flags, supervised);
  } catch (error) {
    supervised?.failed(error);
    throw error;
  } finally {
    supervised?.leave();
  }
}

async function runCamera(flags: VidFlags, supervised: Supervised | undefined): Promise<number> {
  const verbose = flags.verbose === true ? 2 : parseWhole('--verbose', String(flags.verbose ?? 1), 0, 2);
  const options = runOptions(flags);
  raisePriority();
  const clock = openClock();
  const status = new StatusLine(supervised === undefined ? verbose : 0, options.camera.name);
  const say = (line: Line): void => {
    status.line(line);
    supervised?.line(line);
  };
  if (clock.coarse !== undefined) say({ level: 'warning', text: clock.coarse, once: true });
  status.begin(options);
  const run = new CameraRun(options, clock, {
    onOpened: (info, clockInfo) => supervised?.opened(info, clockInfo),
    onSnapshot: (snapshot) => {
      status.snapshot(snapshot);
      supervised?.snapshot(snapshot);
    },
    onLine: say,
  });
  supervised?.onStop((index) => run.stop(index));
  supervised?.onBegin(() => run.begin());
  supervised?.onOrphaned(() => run.orphaned());
  let requests = 0;
  const stop = (): void => {
    // A second request does not wait for the files.
    if (++requests > 1) process.exit(130);
    run.stop();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    const result = await run.run();
    status.end(result, options.files.video.file);
    supervised?.done(result);
    return 0;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

function runOptions(flags: VidFlags & { analoggain?: string }): CameraRunOptions {
  const sync = parseChoice('--sync', flags.sync, ['off', 'server', 'client']);
  const frameRate = parseRate('--framerate', flags.framerate, sync !== 'off');
  const codec = parseChoice('--codec', flags.codec, CODECS);
  const width = parseSide('--width', flags.width) || 640;
  const height = parseSide('--height', flags.height) || 480;
  const counted = parseWhole('--frames', flags.frames, 0, Number.MAX_SAFE_INTEGER);
  const exposureUs = parseTime('--shutter', flags.shutter, 'us');
  const gain = parseNumber('--gain', flags.analoggain ?? flags.gain ?? '0', 0, 64);
  const { output } = flags;
  if (output === '') throw new UsageError('--output: needs a file name');
  if (output === '-' || /^(udp|tcp):/.test(output ?? '')) {
    throw new UsageError(`--output ${output}: this version writes files only; give a file name`);
  }
  return {
    camera: {
      spec: cameraSpec(flags.camera),
      name: flags.name ?? (/^\d+$/.test(flags.camera) ? `cam${flags.camera}` : 'camera'),
      width,
      height,
      frameRate,
      ...(exposureUs > 0 && { exposureUs }),
      ...(gain > 0 && { gain }),
    },
    sync,
    syncSettings: syncSettings(flags),
    openReady: flags.openReady ?? false,
    ...syncController(flags),
    network: { ...syncNetwork(flags), interface: sync === 'off' ? undefined : resolveInterface(flags.syncInterface) },
    frames: counted > 0 ? counted : slotsFor(parseTime('--timeout', flags.timeout, 'ms'), frameRate),
    files: {
      video: {
        file: output,
        width,
        height,
        frameRate,
        ...(codec === 'h264' && output !== undefined && extname(output) === '' && { format: 'h264' }),
      },
      encoder: flags.encoder === undefined ? undefined : parseChoice('--encoder', flags.encoder, ENCODERS),
      framesCsv: flags.framesCsv,
      metadata: flags.metadata,
      metadataFormat: parseChoice('--metadata-format', flags.metadataFormat, ['json', 'txt']),
      savePts: flags.savePts,
    },
  };
}
