import { takeOptionList } from '../../options/take.ts';
import { literalPattern } from '../../record/segments/name-pattern.ts';
import { interfaceArgument, takeInterfaces } from '../plan/network.ts';
import { optionsOf, type TakeOptions } from '../plan/options.ts';

/** What a camera is told with or without sync: its picture. */
const PICTURE: ReadonlySet<string> = new Set(['frameRate', 'width', 'height', 'exposureUs', 'gain', 'awbGains']);

/**
 * The arguments of `genlock vid` for one camera of a take, by its place in it: 0 is the server.
 * @param again the camera is started again in a take that runs: whatever it was, it follows now.
 * @param port where it hears its server, or is it.
 * @param led `record` is the server: all cameras follow.
 */
export function vidArguments(
  number: number,
  options: TakeOptions,
  files: { video: string; framesCsv: string },
  again = false,
  port = options.port,
  led = false,
): string[] {
  const server = number === 0 && !led;
  const interfaces = takeInterfaces(options);
  return [
    ...vidCameraArguments(number, options),
    ...['--sync', server && !again ? 'server' : 'client'],
    // The names are whole: nothing in them is a conversion.
    ...['-o', literalPattern(files.video), '--frames-csv', literalPattern(files.framesCsv)],
    ...lengthArguments(options.frames, again),
    ...optionArguments({ ...options, port }, (name) => !PICTURE.has(name)),
    ...(server && options.readyFrames === undefined ? ['--open-ready'] : []),
    ...(interfaces === undefined ? [] : ['--sync-interface', interfaceArgument(interfaces)]),
  ];
}

function lengthArguments(frames: number | undefined, again: boolean): string[] {
  if (again) return ['--join-locked', ...(frames === undefined ? ['-t', '0'] : ['--end-frame', String(frames)])];
  return frames === undefined ? ['-t', '0'] : ['--frames', String(frames)];
}

/** What the camera itself is told, with or without sync. */
export const vidCameraArguments = (number: number, options: TakeOptions): string[] => [
  ...['--camera', options.specs[number] as string, '--name', options.names[number] as string],
  ...optionArguments(optionsOf(number, options), (name) => PICTURE.has(name)),
];

/** Options of the take that each camera's process is told, as they stand in the table. */
const optionArguments = (options: TakeOptions, which: (name: string) => boolean): string[] =>
  takeOptionList.flatMap(([name, { cameras, flag, kind }]) => {
    const value = options[name as keyof TakeOptions];
    return cameras && value !== undefined && which(name) ? [`--${flag}`, kind.print(value)] : [];
  });
