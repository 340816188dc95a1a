import type { Take, TakeCamera, Trouble } from '../../record/take.ts';
import { controllerNamed, heeds } from '../../sync/controllers/index.ts';
import { version } from '../../version.ts';
import { nameOf } from '../files/folder.ts';
import type { TakeCameraProcess } from '../plan/camera.ts';
import { interfaceArgument, takeInterfaces } from '../plan/network.ts';
import { syncSettings, type TakeOptions } from '../plan/options.ts';

/** How far a take has come. */
export interface TakeProgress {
  readonly state: Take['state'];
  readonly started: Date;
  readonly ended?: Date | undefined;
  readonly cameras: readonly TakeCameraProcess[];
  readonly readyTimeUs?: number | undefined;
  readonly exposureMatched?: boolean | undefined;
  readonly problems?: readonly string[];
  readonly troubles?: readonly Trouble[];
  readonly software?: Take['software'] | undefined;
}

/** `take.json` of a take as it stands. */
export function describeTake(options: TakeOptions, progress: TakeProgress): Take {
  const { state, started, ended, readyTimeUs, exposureMatched, problems = [], troubles = [], software } = progress;
  const cameras = options.specs.map((spec, number) => describeCamera(options, spec, number, progress));
  const counts = cameras.map(({ frames }) => frames);
  const same = counts.every((count) => count !== undefined && count === counts[0]) ? counts[0] : undefined;
  const frames = state === 'recording' ? options.frames : (same ?? options.frames);
  const interfaces = takeInterfaces(options);
  const { exposureUs, gain, awbGains } = options;
  const fixed = (exposureUs ?? gain ?? awbGains) !== undefined;
  return {
    format: 'genlock take',
    version: 1,
    genlock: version,
    ...(software && { software }),
    ...(options.commandLine && { commandLine: [...options.commandLine] }),
    // Of a script that records, nobody could tell whether it is done with the take.
    ...(options.commandLine && state === 'recording' && { pid: process.pid }),
    ...(options.note !== undefined && { note: options.note }),
    state,
    started: started.toISOString(),
    ...(ended && { ended: ended.toISOString() }),
    frameRate: options.frameRate,
    ...(options.timestamps === 'true' && { timestamps: 'true' as const }),
    ...(frames !== undefined && { frames }),
    ...(options.frames !== undefined && { wanted: options.frames }),
    width: options.width,
    height: options.height,
    ...(options.preset !== undefined && { preset: options.preset }),
    ...(options.restart && { restart: true as const }),
    sync: {
      controller: options.controller,
      // The stock algorithm knows timestamps alone, which are of the ends.
      align: heeds(controllerNamed(options.controller), 'align') ? options.align : 'end',
      group: options.group,
      port: options.port,
      ...(interfaces !== undefined && { interface: interfaceArgument(interfaces) }),
      periodFrames: options.syncPeriod,
      readyFrames: syncSettings(options).readyFrame,
      minAdjustmentUs: options.minAdjustmentUs,
      ...(readyTimeUs !== undefined && { readyTimeUs }),
    },
    ...(fixed && {
      exposure: {
        ...(exposureUs !== undefined && { exposureUs }),
        ...(gain !== undefined && { gain }),
        ...(awbGains !== undefined && { awbGains }),
        matched: exposureMatched ?? false,
      },
    }),
    ...(options.elsewhere?.some((host) => host !== undefined) && { name: nameOf(options.folder) }),
    cameras,
    ...(problems.length > 0 && { problems }),
    ...(troubles.length > 0 && { troubles }),
  };
}

function describeCamera(
  { timestamps = 'nominal', names, elsewhere = [], lead, format }: TakeOptions,
  spec: string,
  number: number,
  { cameras }: TakeProgress,
): TakeCamera {
  const name = names[number] as string;
  const camera = cameras.find((each) => each.name === name);
  const host = elsewhere[number];
  return {
    name,
    ...(host !== undefined && { host }),
    sync: number === 0 && lead === 'camera' ? 'server' : 'client',
    spec,
    file: `${name}.${format}`,
    framesCsv: `${name}.frames.csv`,
    timestamps,
    ...camera?.describe(),
    ...(camera?.end?.ok === false && { error: camera.end.error }),
  };
}
