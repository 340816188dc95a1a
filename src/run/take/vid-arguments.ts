import { literalPattern } from '../../record/pieces/name-pattern.ts';
import { interfaceArgument, takeInterfaces } from './network.ts';
import type { Exposure, TakeOptions } from './options.ts';

/**
 * The arguments of `genlock vid` for one camera of a take, by its place in it: 0 is the server.
 * @param again the camera is started again in a take that runs: whatever it was, it follows now.
 * @param port where it hears its server, or is it.
 */
export function vidArguments(
  number: number,
  options: TakeOptions,
  files: { video: string; framesCsv: string },
  again = false,
  port = options.network.port,
): string[] {
  const { group } = options.network;
  const { syncPeriod, readyFrame, minAdjustmentUs } = options.syncSettings;
  const interfaces = takeInterfaces(options);
  return [
    ...vidCameraArguments(number, options),
    ...['--sync', number === 0 && !again ? 'server' : 'client', '--codec', 'libav'],
    // The names are whole: nothing in them is a conversion.
    ...['-o', literalPattern(files.video), '--frames-csv', literalPattern(files.framesCsv)],
    ...lengthArguments(options.frames, again),
    ...(options.encoder === undefined ? [] : ['--encoder', options.encoder]),
    ...(options.timestamps === 'true' ? ['--timestamps', 'true'] : []),
    ...(options.preset === undefined ? [] : ['--preset', options.preset]),
    ...(options.onOverload === undefined ? [] : ['--on-overload', options.onOverload]),
    ...['--sync-group', group, '--sync-port', String(port), '--sync-period', String(syncPeriod)],
    ...['--sync-controller', options.controller, '--sync-align', options.align],
    ...(number === 0 && options.startWhenLocked ? ['--open-ready'] : []),
    ...['--ready-frames', String(readyFrame), '--min-adjustment', `${minAdjustmentUs}us`],
    ...(interfaces === undefined ? [] : ['--sync-interface', interfaceArgument(interfaces)]),
  ];
}

function lengthArguments(frames: number | undefined, again: boolean): string[] {
  if (again) return ['--join-locked', ...(frames === undefined ? ['-t', '0'] : ['--end-frame', String(frames)])];
  return frames === undefined ? ['-t', '0'] : ['--frames', String(frames)];
}

/** What the camera itself is told, with or without sync. */
export const vidCameraArguments = (number: number, options: TakeOptions): string[] => [
  ...['--camera', options.specs[number] as string, '--name', `cam${number}`],
  ...['--framerate', `${options.frameRate.num}/${options.frameRate.den}`],
  ...['--width', String(options.width), '--height', String(options.height)],
  ...exposureArguments(options),
];

const exposureArguments = ({ exposureUs, gain, awbGains }: Exposure): string[] => [
  ...(exposureUs === undefined ? [] : ['--shutter', `${exposureUs}us`]),
  ...(gain === undefined ? [] : ['--gain', String(gain)]),
  ...(awbGains === undefined ? [] : ['--awbgains', awbGains.join(',')]),
];
