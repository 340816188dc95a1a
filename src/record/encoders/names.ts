/** The ways to encode, the preferred one first: FFmpeg in process, and the program. */
export const ENCODERS = ['node-av', 'ffmpeg'] as const;
