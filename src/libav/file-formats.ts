import type { FormatContext } from 'node-av/lib';
import type { Libav } from './load.ts';

/**
 * Formats that hold their own pictures and sound, by the names of FFmpeg's demuxers. Others are lists of further files
 * and addresses (ffconcat, HLS, DASH, SDP): what opens a file that was given would open what it names, a pipe that
 * waits for ever among them.
 */
const OWN_CONTENT = [
  ...[
    'mov',
    'mp4',
    'm4a',
    '3gp',
    '3g2',
    'mj2',
    'matroska',
    'webm',
    'mpegts',
    'mpeg',
    'avi',
    'flv',
    'asf',
    'mxf',
    'nut',
  ],
  ...[
    'h264',
    'hevc',
    'mjpeg',
    'm4v',
    'mpegvideo',
    'ivf',
    'obu',
    'av1',
    'yuv4mpegpipe',
    'dv',
    'gxf',
    'ogg',
    'gif',
    'apng',
    'image2',
    'jpeg_pipe',
    'png_pipe',
  ],
  ...['wav', 'w64', 'mp3', 'aac', 'ac3', 'eac3', 'flac', 'aiff', 'au', 'caf', 'amr', 'amrnb', 'amrwb'],
].join(',');

/**
 * Opens a file with FFmpeg in process, as its own content and never as a list.
 * @returns FFmpeg's code: below 0 where it can't be opened.
 */
export function openOwnContent(libav: Libav, input: FormatContext, file: string): Promise<number> {
  return input.openInput(`file:${file}`, null, libav.Dictionary.fromObject({ format_whitelist: OWN_CONTENT }));
}

/** The same as arguments of the system's ffmpeg. */
export const ownContent = (file: string): readonly string[] => ['-format_whitelist', OWN_CONTENT, '-i', `file:${file}`];
