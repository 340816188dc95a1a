/** An input of FFmpeg that sound comes from. */
export interface SoundInput {
  /** What stands at the beginning of its errors: `sound alsa:hw:1`. */
  readonly called: string;
  /** FFmpeg's name of the input's format; undefined has it find out. */
  readonly format: string | undefined;
  /** What FFmpeg opens: a device, a file. */
  readonly input: string;
  /** Options of FFmpeg's input, by name. */
  readonly options: Readonly<Record<string, string>>;
}

/**
 * Takes a piece of the sound, which is valid until it returns, or what it returns resolves.
 * @param us The input's own time of its first sample; undefined where it has none.
 * @param samples Interleaved channels, -1 to 1.
 */
export type CaptureListener = (us: number | undefined, samples: Float32Array) => void | Promise<void>;

/** Sound as it comes in. */
export interface SoundCapture {
  /** Samples a second. */
  readonly rate: number;
  readonly channels: number;
  /** Resolves when it ends, or is closed. @throws FailureError where it breaks off. */
  run(listen: CaptureListener): Promise<void>;
  close(): Promise<void>;
}
