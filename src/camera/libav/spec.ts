import { UsageError } from '../../errors.ts';
import { type FrameRate, parseFrameRate } from '../../time/frame-rate.ts';

/** What a libav camera opens, checked. */
export interface LibavSpec {
  /** The spec as it was given. */
  readonly text: string;
  /**
   * `file` and `generated` (FFmpeg's lavfi) are played in real time by their own times; `device` and `stream` come when
   * they come.
   */
  readonly kind: 'file' | 'generated' | 'device' | 'stream';
  /** What FFmpeg opens: a path, a filter graph, a device, a URL. */
  readonly input: string;
  /** FFmpeg's name of the input's format, where it has to be told. */
  readonly format: string | undefined;
  /** Size and rate to ask the input for, where the spec says them. */
  readonly asked: { readonly width?: number; readonly height?: number; readonly frameRate?: FrameRate };
  /** Further options of FFmpeg's input, by name. */
  readonly options: Readonly<Record<string, string>>;
}

/** Prefixes of specs that name a format of FFmpeg. */
const DEVICES = new Map([
  ['v4l2', 'video4linux2'],
  ['avfoundation', 'avfoundation'],
  ['dshow', 'dshow'],
]);

/** True for a spec that `parseLibavSpec` is for. */
export const isLibavSpec = (text: string): boolean => /^(libav|lavfi|v4l2|avfoundation|dshow):/.test(text);

/**
 * Reads a camera spec: `libav:clip.mp4` a file, `libav:rtsp://host/path` a stream,
 * `lavfi:testsrc2=size=640x480:rate=30` a generated picture, `v4l2:/dev/video0`, `avfoundation:0`, `dshow:video=NAME` a
 * device.
 *
 * Behind a device `?width=..&height=..&framerate=..` say what to ask it for, and further options of FFmpeg may follow;
 * behind a file `?format=..` names its format (and raw formats take a size and rate too). In a URL and in a filter
 * graph everything belongs to the URL or graph.
 */
export function parseLibavSpec(text: string): LibavSpec | UsageError {
  const prefix = /^([a-z0-9]+):/.exec(text)?.[1] ?? '';
  if (!isLibavSpec(text))
    return new UsageError(`camera ${text}: no libav:, lavfi:, v4l2:, avfoundation: or dshow: spec`);
  const rest = text.slice(prefix.length + 1);
  const none = { text, asked: {}, options: {} };
  if (rest === '') return new UsageError(`camera ${text}: nothing behind ${prefix}:`);
  if (prefix === 'lavfi') return { ...none, kind: 'generated', input: rest, format: 'lavfi' };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(rest)) return { ...none, kind: 'stream', input: rest, format: undefined };

  const mark = rest.lastIndexOf('?');
  const input = mark < 0 ? rest : rest.slice(0, mark);
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  if (input === '') return new UsageError(`camera ${text}: nothing between ${prefix}: and ?`);
  const options: Record<string, string> = {};
  for (const pair of query === '' ? [] : query.split('&')) {
    const [, name, value] = /^([A-Za-z_][\w-]*)=(.+)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) return new UsageError(`camera ${text}: ${pair} is not NAME=VALUE`);
    options[name] = value;
  }
  const { width, height, framerate, format, ...further } = options;
  const device = DEVICES.get(prefix);
  const kind = device === undefined ? 'file' : 'device';
  if (kind === 'file' && format === undefined && (width ?? height ?? framerate) !== undefined) {
    return new UsageError(
      `camera ${text}: a file has its own size and rate; the video's width and height scale its pictures`,
    );
  }
  const size = readSize(width, height);
  if (!size) return new UsageError(`camera ${text}: width and height are whole numbers of pixels and go together`);
  const frameRate = framerate === undefined ? undefined : parseFrameRate(framerate);
  if (framerate !== undefined && !frameRate) return new UsageError(`camera ${text}: ${framerate} is no frame rate`);
  const asked = { ...size, ...(frameRate && { frameRate }) };
  return { text, kind, input, format: device ?? format, asked, options: further };
}

/** Undefined where the two are no size. */
function readSize(
  width: string | undefined,
  height: string | undefined,
): { width?: number; height?: number } | undefined {
  if (width === undefined && height === undefined) return {};
  if (!/^[1-9]\d*$/.test(width ?? '') || !/^[1-9]\d*$/.test(height ?? '')) return undefined;
  return { width: Number(width), height: Number(height) };
}
