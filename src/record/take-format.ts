import { extname } from 'node:path';

/** Containers of a take's videos, by the endings of their names. */
export const TAKE_FORMATS = ['mp4', 'mov', 'mkv'] as const;
/** Container of a take's videos. */
export type TakeFormat = (typeof TAKE_FORMATS)[number];

/** A video of a take: what its name ends in. */
export const VIDEO_ENDING = new RegExp(`\\.(${TAKE_FORMATS.join('|')})$`);

/** The container of a take's video by its name; of others what takes had before they had a choice. */
export const formatOf = (file: string): TakeFormat =>
  TAKE_FORMATS.find((format) => extname(file) === `.${format}`) ?? 'mp4';

/** What FFmpeg calls it. */
export const containerName = (format: TakeFormat): string => (format === 'mkv' ? 'matroska' : format);
