import { devNull, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { lastWords, runCommand, type SystemFfmpeg } from '../../libav/system-ffmpeg.ts';
import type { EncoderOptions } from '../encoder.ts';
import { containerOf, unknownContainer, unknownEnding } from './container.ts';
import { badOption, encoderName, noEncoder, noHardware, unknownOption } from './encoder-name.ts';
import { ffmpegArguments } from './ffmpeg-arguments.ts';
import { encoderSettings } from './settings.ts';

export interface FfmpegSettings {
  readonly settings: Readonly<Record<string, string>>;
  /** Undefined: ffmpeg knows it by the file's name. */
  readonly container: string | undefined;
}

/** Containers that take libx264 for certain. */
const PROVEN = new Set(['mp4', 'mov', 'matroska', 'h264', 'mpegts']);

const tried = new Map<string, Promise<void>>();

/**
 * The settings to run ffmpeg with. What is not known to work is tried first, once: ffmpeg itself only says it when the
 * first picture is there.
 * @throws UsageError that names the encoder, option or container that can't be.
 */
export async function ffmpegSettings(ffmpeg: SystemFfmpeg, options: EncoderOptions): Promise<FfmpegSettings> {
  const { file, libavOptions, profile, level } = options;
  const container = containerOf(options);
  const encoder = encoderName(options);
  const plain = encoder === 'libx264' && !libavOptions && profile === undefined && level === undefined;
  if (plain && PROVEN.has(container ?? '')) return { settings: encoderSettings(options, () => true), container };
  if (!ffmpeg.encoders.has(encoder)) throw noEncoder(encoder, `ffmpeg ${ffmpeg.version}`);
  // Files of one recording differ in their names alone.
  const { sink: _, signal: __, file: ___, tags: ____, ...given } = options;
  const key = JSON.stringify([ffmpeg.command, given, container ?? extname(file)]);
  let trying = tried.get(key);
  if (!trying) {
    trying = tryOut(ffmpeg, options, container);
    tried.set(key, trying);
    trying.catch(() => tried.delete(key));
  }
  await trying;
  return { settings: await settingsOf(ffmpeg, options), container };
}

async function settingsOf(ffmpeg: SystemFfmpeg, options: EncoderOptions): Promise<Record<string, string>> {
  const { own, general } = await encoderHelp(ffmpeg, encoderName(options));
  const settings = encoderSettings(options, (name) => own.has(name));
  for (const name of Object.keys(settings)) {
    if (!own.has(name) && !general.has(name)) throw unknownOption(encoderName(options), name);
  }
  return settings;
}

async function tryOut(ffmpeg: SystemFfmpeg, options: EncoderOptions, container: string | undefined): Promise<void> {
  const encoder = encoderName(options);
  if (container === undefined && !(await knowsEnding(ffmpeg, options.file))) throw unknownEnding(options.file);
  const refused = await encodeOne(ffmpeg, options, container ?? 'null');
  if (refused === undefined) return;
  if (/Requested output format '.*' is not/.test(refused)) throw unknownContainer(options.file, String(container));
  const reason = await encodeOne(ffmpeg, options, 'null');
  if (reason === undefined) {
    throw new UsageError(`${options.file}: can't be written as ${container} with ${encoder}: ${refused}`);
  }
  for (const [option, value] of Object.entries(options.libavOptions ?? {})) {
    const { [option]: _, ...others } = options.libavOptions ?? {};
    const without = await encodeOne(ffmpeg, { ...options, libavOptions: others }, 'null');
    if (without === undefined) throw badOption(encoder, option, value, reason);
  }
  const { hardware } = await encoderHelp(ffmpeg, encoder);
  if (hardware) throw noHardware(encoder, reason);
  throw new UsageError(`${options.file}: ${encoder} does not take these settings: ${reason}`);
}

/** Encodes one black picture into nothing. Resolves with ffmpeg's words where that fails. */
async function encodeOne(
  ffmpeg: SystemFfmpeg,
  options: EncoderOptions,
  container: string,
): Promise<string | undefined> {
  const { width, height, frameRate } = options;
  const black = `color=black:s=${width}x${height}:r=${frameRate.num}/${frameRate.den}`;
  const settings = await settingsOf(ffmpeg, options);
  const job = { options, settings, container, destination: `file:${devNull}`, gridOffset: 0 };
  const args = ffmpegArguments(job, ['-f', 'lavfi', '-i', black, '-frames:v', '1']);
  const { code, err } = await runCommand(ffmpeg.command, args);
  return code === 0 ? undefined : reasonOf(err);
}

/** What a part of ffmpeg said, before the program's own words about it, which name no reason. */
function reasonOf(stderr: string): string {
  const said = stderr.split('\n').filter((line) => /^\[(?!AVIO|out#|vost#|in#|vf#)\S+ @ 0x/.test(line));
  return lastWords(said.length > 0 ? said.join('\n') : stderr);
}

/** Whether ffmpeg finds a container by the ending: it looks before it finds that the folder is missing. */
async function knowsEnding(ffmpeg: SystemFfmpeg, file: string): Promise<boolean> {
  const missing = join(tmpdir(), `no-such-folder-${process.pid}`, `x${extname(file)}`);
  const input = ['-f', 'lavfi', '-i', 'color=s=16x16'];
  const { err } = await runCommand(ffmpeg.command, ['-hide_banner', ...input, `file:${missing}`]);
  return !/Unable to (find a suitable|choose an) output format/.test(err);
}

/** What ffmpeg says of an encoder. */
interface EncoderHelp {
  /** Its own options' names. */
  readonly own: ReadonlySet<string>;
  /** Names of options that all encoders have. */
  readonly general: ReadonlySet<string>;
  /** It works with hardware, which may be missing. */
  readonly hardware: boolean;
}

const asked = new Map<string, Promise<string>>();

/** Asks ffmpeg for an encoder's options, once. */
async function encoderHelp({ command }: SystemFfmpeg, encoder: string): Promise<EncoderHelp> {
  const [own, full] = await Promise.all([help(command, `encoder=${encoder}`), help(command, 'full')]);
  const section = /^AVCodecContext AVOptions:\n([\s\S]*?)\n\n/m.exec(full)?.[1] ?? '';
  const hardware = /^ *General capabilities:.*\bhardware\b/m.test(own);
  return { own: optionNames(own), general: optionNames(section), hardware };
}

function help(command: string, topic: string): Promise<string> {
  const key = `${command} ${topic}`;
  let asking = asked.get(key);
  if (!asking) {
    asking = runCommand(command, ['-hide_banner', '-h', topic]).then(({ out }) => out);
    asked.set(key, asking);
  }
  return asking;
}

/** Lines such as `  -preset  <string>  E..V....... Set the encoding preset`. */
const optionNames = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^ {2}-(\S+) +<\w+> +E/gm)].map(([, name = '']) => name));
