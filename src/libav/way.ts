import { UsageError } from '../errors.ts';
import { type Libav, loadLibav } from './load.ts';
import { findSystemFfmpeg, HOW_TO_GET_FFMPEG, type SystemFfmpeg } from './system-ffmpeg.ts';

/** A way to FFmpeg: in this process by node-av, or the system's command. */
export type Way = 'node-av' | 'ffmpeg';

/** Something that can be done one way. */
export interface WayTo {
  readonly name: Way;
  /** Undefined where it can be done here, else one line that says what is missing and how to get it. */
  unavailable(): Promise<string | undefined>;
}

/**
 * The way to do something with FFmpeg: the one that is asked for, else the first that there is here. Nothing else
 * chooses; what is there is looked for once in a process.
 * @param work What it is for, as in `nothing to decode video with`.
 * @param ways The preferred one first.
 * @throws UsageError that says what to install, where there is none.
 */
export async function chooseWay<T extends WayTo>(work: string, ways: readonly T[], asked?: Way): Promise<T> {
  const reasons: string[] = [];
  for (const way of ways) {
    if (asked !== undefined && way.name !== asked) continue;
    const why = await way.unavailable();
    if (why === undefined) return way;
    reasons.push(why);
  }
  if (asked !== undefined && reasons[0] !== undefined) throw new UsageError(reasons[0]);
  throw new UsageError(`nothing to ${work} with: ${reasons.join('; or ')}`);
}

/** One thing done both ways. */
export interface BothWays<T> {
  nodeAv(libav: Libav): T | Promise<T>;
  system(ffmpeg: SystemFfmpeg): T | Promise<T>;
}

/**
 * Does something the way that `chooseWay` says, with the same parameters.
 * @throws as that does, and as what is done does.
 */
export async function viaFfmpeg<T>(work: string, both: BothWays<T>, asked?: Way): Promise<T> {
  const nodeAv: WayTo & { run(): Promise<T> } = {
    name: 'node-av',
    unavailable: async () => {
      const loaded = await loadLibav();
      return loaded instanceof Error ? loaded.message : undefined;
    },
    run: async () => {
      const loaded = await loadLibav();
      if (loaded instanceof Error) throw loaded;
      return both.nodeAv(loaded);
    },
  };
  const system: typeof nodeAv = {
    name: 'ffmpeg',
    unavailable: async () => ((await findSystemFfmpeg()) ? undefined : NO_FFMPEG),
    run: async () => {
      const found = await findSystemFfmpeg();
      if (!found) throw new UsageError(NO_FFMPEG);
      return both.system(found);
    },
  };
  return (await chooseWay(work, [nodeAv, system], asked)).run();
}

const NO_FFMPEG = `no ffmpeg: ${HOW_TO_GET_FFMPEG}`;
