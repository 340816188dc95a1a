import { isMp4 } from './mp4.ts';

/** What is known of a file's first frame. */
export interface FileStart {
  /** When it is, us since 1970. */
  readonly wallUs: number;
  /** `10:20:30:12`; undefined where the rate has none. */
  readonly timecode?: string | undefined;
}

/** What a file says of itself beside its pictures, as far as its container has a place for it. */
export interface FileTags {
  /** The camera: the name of the video track and the reel of the timecode, and the title, behind that of its take. */
  readonly name?: string | undefined;
  /** The take, by which an editor's bin tells files of one camera apart: it stands first in the title. */
  readonly take?: string | undefined;
  /** The camera's sensor, for example `imx219`. */
  readonly model?: string | undefined;
  /** Asked once, when it is known which slot is the file's first. Undefined where it isn't known when that is. */
  readonly start?: (firstSlot: number) => FileStart | undefined;
}

/** Metadata by FFmpeg's names: of the file, and of its video stream, from which MP4 and MOV get a timecode track. */
export interface NamedTags {
  readonly file: Readonly<Record<string, string>>;
  readonly video: Readonly<Record<string, string>>;
}

/** The last moment that a Date can have, us since 1970. */
const LATEST_DATE_US = 8.64e18;

/** @param container Its name in FFmpeg. */
export function namedTags(tags: FileTags | undefined, container: string | undefined, firstSlot: number): NamedTags {
  const { name, take, model, start } = tags ?? {};
  const title = [take, name].filter((part) => part !== undefined && part !== '').join(' ');
  const known = start?.(firstSlot);
  // What is beyond every calendar is not known.
  const first = known && Math.abs(known.wallUs) <= LATEST_DATE_US ? known : undefined;
  const mp4 = isMp4(container ?? '');
  return {
    file: {
      ...(title !== '' && { title }),
      // MP4 as FFmpeg writes it has no place for a model.
      ...(model !== undefined && { [container === 'mp4' ? 'comment' : 'model']: model }),
      ...(first && { creation_time: isoTime(first.wallUs) }),
    },
    video: mp4
      ? {
          ...(name !== undefined && { handler_name: name }),
          ...(first?.timecode !== undefined && { timecode: first.timecode }),
          ...(name !== undefined && first?.timecode !== undefined && { reel_name: name }),
        }
      : {},
  };
}

/** As arguments of the ffmpeg program. */
export const tagArguments = ({ file, video }: NamedTags): string[] => [
  ...Object.entries(file).flatMap(([name, value]) => ['-metadata', `${name}=${value}`]),
  ...Object.entries(video).flatMap(([name, value]) => ['-metadata:s:v:0', `${name}=${value}`]),
];

/** In UTC, to the us: `2026-01-02T03:04:05.678901Z`. */
function isoTime(wallUs: number): string {
  const whole = Math.round(wallUs);
  const seconds = Math.floor(whole / 1e6);
  const text = new Date(seconds * 1000).toISOString();
  return text.replace('.000Z', `.${String(whole - seconds * 1e6).padStart(6, '0')}Z`);
}
