import { spawn } from 'node:child_process';
import { FailureError, UsageError } from '../errors.ts';
import { checkRegular } from '../regular-file.ts';
import { type AccessUnit, AnnexBSplitter } from './annex-b.ts';
import { openOwnContent, ownContent } from './file-formats.ts';
import type { Libav } from './load.ts';
import { lastWords } from './system-ffmpeg.ts';
import { viaFfmpeg, type Way } from './way.ts';

/** How pictures are taken out of a file. */
export interface UnitOptions {
  readonly signal?: AbortSignal | undefined;
  /** The only way to FFmpeg that may be taken. Default: either. */
  readonly way?: Way | undefined;
}

/**
 * The pictures of a file of H.264, in order and not decoded: as Annex B (ITU-T H.264), with the parameter sets before
 * each keyframe. A file that breaks off ends like any other.
 * @throws UsageError that names the file where it holds no H.264, or says what to install; the signal's reason where it
 *   is aborted.
 */
export async function* readUnits(file: string, { signal, way }: UnitOptions = {}): AsyncGenerator<AccessUnit> {
  await checkRegular(file);
  const units = await viaFfmpeg<AsyncGenerator<AccessUnit>>(
    'read video files',
    {
      nodeAv: (libav) => withNodeAv(libav, file),
      system: (ffmpeg) => withFfmpeg(ffmpeg.command, file),
    },
    way,
  );
  for await (const unit of units) {
    signal?.throwIfAborted();
    yield unit;
  }
}

async function* withNodeAv(libav: Libav, file: string): AsyncGenerator<AccessUnit> {
  const { constants } = libav;
  const input = new libav.FormatContext();
  const opened = await openOwnContent(libav, input, file);
  if (opened < 0) throw new UsageError(`${file}: no video file: ${libav.FFmpegError.strerror(opened)}`);
  const filter = new libav.BitStreamFilterContext();
  const packet = new libav.Packet();
  packet.alloc();
  try {
    const index = input.findBestStream(constants.AVMEDIA_TYPE_VIDEO);
    const stream = input.streams[index];
    const annexB = libav.BitStreamFilter.getByName('h264_mp4toannexb');
    if (!stream || stream.codecpar.codecId !== constants.AV_CODEC_ID_H264 || !annexB)
      throw new UsageError(`${file}: holds no H.264`);
    const check = (code: number): void => {
      if (code < 0) throw new FailureError(`${file}: can't be read: ${libav.FFmpegError.strerror(code)}`);
    };
    check(filter.alloc(annexB));
    if (filter.inputCodecParameters) stream.codecpar.copy(filter.inputCodecParameters);
    filter.inputTimeBase = stream.timeBase;
    check(filter.init());
    while ((await input.readFrame(packet)) >= 0) {
      const wanted = packet.streamIndex === index;
      if (wanted && (packet.flags & constants.AV_PKT_FLAG_CORRUPT) !== 0) break;
      if (wanted) {
        // At once, which takes less than to wait for it; the filter gives one packet for each.
        check(filter.sendPacketSync(packet));
        check(filter.receivePacketSync(packet));
        const { data } = packet;
        if (data) yield { bytes: new Uint8Array(data), keyframe: (packet.flags & constants.AV_PKT_FLAG_KEY) !== 0 };
      }
      packet.unref();
    }
  } finally {
    packet.free();
    filter.free();
    await input.closeInput();
  }
}

async function* withFfmpeg(command: string, file: string): AsyncGenerator<AccessUnit> {
  const input = ['-hide_banner', '-nostdin', '-loglevel', 'error', '-fflags', '+discardcorrupt', ...ownContent(file)];
  // Into a bare stream the parameter sets come before each keyframe.
  const output = ['-map', '0:v:0', '-c', 'copy', '-f', 'h264', 'pipe:1'];
  const child = spawn(command, [...input, ...output], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-4000);
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'ended'));
  });
  const splitter = new AnnexBSplitter();
  let count = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      for (const unit of splitter.push(chunk)) {
        count++;
        yield unit;
      }
    }
    for (const unit of splitter.end()) {
      count++;
      yield unit;
    }
    const code = await ended;
    if (code !== 0 && count === 0) throw new UsageError(`${file}: holds no H.264: ${lastWords(err)}`);
  } finally {
    child.kill();
  }
}
