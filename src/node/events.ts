import type { Line } from '../run/camera/notices.ts';
import type { CameraSnapshot } from '../run/camera/snapshot.ts';
import type { DiskState } from '../run/files/disk-watch.ts';
import type { TakeEvents } from '../run/take/events.ts';

/** Something worth knowing while a take is recorded: one line. */
export interface Notice {
  /** The camera that it is about, as the take calls it (`cam0`); undefined where it is about the take as a whole. */
  readonly camera: string | undefined;
  /** One line, without the camera's name. */
  readonly text: string;
}

/** What is done with a file behind the recording. */
export interface TakeProgress {
  /**
   * `conforming`: a stock camera's file is put on the take's slots. `finishing`: a file that was left open is closed.
   * `proving`: its pixels are read. `picturing`: pictures are taken from it for the report.
   * `gathering`: the take's files come from other hosts.
   */
  readonly work: 'gathering' | 'conforming' | 'finishing' | 'proving' | 'picturing';
  /** The file, as the take names it or by its path; the folder of the take where all its files are meant. */
  readonly file: string;
  /** Frames that are done, pictures, or bytes that are here. */
  readonly done: number;
  /** How many there are in all; undefined where that is not known. */
  readonly of: number | undefined;
}

/** Who hears what of a take on its way. None of them may throw. */
export interface TakeListeners {
  /** The state of all cameras, several times a second. */
  readonly onState?: (cameras: readonly CameraSnapshot[]) => void;
  /** What goes on, and is as it should be. */
  readonly onNotice?: (notice: Notice) => void;
  /** What may spoil the take, or already has. */
  readonly onWarning?: (warning: Notice) => void;
  /** How the disk is doing, twice a second while cameras record. */
  readonly onDisk?: (disk: DiskState) => void;
  /** How far the work behind the recording is, many times a file. */
  readonly onProgress?: (progress: TakeProgress) => void;
}

/**
 * A take's events, told to those who listen.
 * @param frames how many the take shall have.
 * @param cameras what its cameras are called.
 */
export function takeEvents(to: TakeListeners, frames: number | undefined, cameras: readonly string[] = []): TakeEvents {
  const { onState, onDisk, onProgress } = to;
  const tell =
    (work: TakeProgress['work']) =>
    (file: string, done: number, of: number | undefined = frames): void =>
      onProgress?.({ work, file, done, of });
  return {
    ...(onState && { onSnapshots: onState }),
    ...(onDisk && { onDisk }),
    onLine: (camera, line) => tellLine(to, camera, line),
    onNote: (text) => tellNote(to, text, cameras),
    onConformProgress: tell('conforming'),
    onFinishProgress: tell('finishing'),
    onGatherProgress: tell('gathering'),
    onVerifyProgress: (file, done, of) => tell('proving')(file, done, of),
    onPicture: tell('picturing'),
  };
}

/** What a camera says: `info` is for those who look into it. */
export function tellLine(to: TakeListeners, camera: string | undefined, { level, text }: Line): void {
  if (level === 'warning') to.onWarning?.({ camera, text });
  else to.onNotice?.({ camera, text });
}

/** A take says in one line what is a warning, and of which camera. */
export function tellNote(to: TakeListeners, line: string, cameras: readonly string[]): void {
  const [, before, rest] = /^(?:([\w-]+): )?warning: (.*)$/s.exec(line) ?? [];
  const [, named = '', text = ''] = /^([\w-]+): (.*)$/s.exec(rest ?? '') ?? [];
  const isCamera = cameras.includes(named);
  if (rest !== undefined)
    to.onWarning?.({ camera: before ?? (isCamera ? named : undefined), text: isCamera ? text : rest });
  else to.onNotice?.({ camera: undefined, text: line });
}
