/** A message that a stock client took, as its log has it; all in whole us, times on wall clocks. */
export interface LoggedTaken {
  /** The algorithm's own count of frames. */
  readonly frameNumber: number;
  /** The time in the message. */
  readonly serverUs: number;
  /** The frame's time as the algorithm used it. */
  readonly clientUs: number;
  readonly correctionUs: number;
}

/** What libcamera's log says of one frame. */
export interface FrameLog {
  /** The sensor's stamp, ns since boot. */
  readonly sensorNs: bigint;
  /** The same moment on the process's wall clock, ns since 1970. */
  readonly wallNs: bigint;
  readonly exposureUs: number;
  readonly lines: number;
  /** Duration of a line, us, with as many digits as are known. */
  readonly lineUs: number;
  /** When its length was logged, at the process's decision: by the machine's CLOCK_MONOTONIC, in us. */
  readonly loggedUs?: number;
  /** The message that was taken with it. */
  readonly taken?: LoggedTaken;
}

/** The words of terminals' colours, which libcamera writes where stderr is one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character.
const COLOURS = /\x1b\[[\d;]*m/g;
const LEVEL = ' DEBUG ';
const CATEGORIES = ['RPiSync ', 'IPARPI ', 'ClockRec '] as const;

/**
 * Whether a line of stderr is one that is logged for whoever steers. Some ten come with each frame of each camera:
 * that is why here, and below, lines are told apart by their beginnings before anything is read of them.
 */
export function isForSteering(line: string): boolean {
  const at = line.indexOf(LEVEL) + LEVEL.length;
  return at >= LEVEL.length && CATEGORIES.some((category) => line.startsWith(category, at));
}

/** When a line was logged, in us: libcamera writes `[1:34:32.358788867]`, of its steady clock. */
function timeOf(line: string): number | undefined {
  const [, hours, minutes, seconds] = /^\[(\d+):(\d\d):(\d\d\.\d+)\]/.exec(line) ?? [];
  return hours === undefined ? undefined : (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1e6;
}

/** What a line says, behind its time, thread, level, category and source; undefined where it is none for steering. */
function wordsOf(line: string): string | undefined {
  if (!isForSteering(line)) return undefined;
  const source = line.indexOf(' ', line.indexOf(LEVEL) + LEVEL.length) + 1;
  const words = line.indexOf(' ', source);
  return words < 0 ? undefined : line.slice(words).trim();
}

/**
 * Reads libcamera's log of a stock camera, at level DEBUG of `RPiSync`, `IPARPI` and `ClockRec`, line by line: what a
 * frame was, and the message that was taken with it.
 *
 * A frame is told by its stamp on both clocks (the last `getOutput` before it; those before are of the clock recovery
 * itself), then by its length, then by the message, where one was taken. That none was taken is said by nothing: then
 * the next frame ends it, or whoever waits no longer.
 */
export class SteeringLog {
  private stamp: { readonly sensorNs: bigint; readonly wallNs: bigint } | undefined;
  private frame: Omit<FrameLog, 'taken'> | undefined;
  private taken: { -readonly [each in keyof LoggedTaken]?: number | undefined } | undefined;
  private frameUs: number | undefined;
  private lineUs: number | undefined;

  /** True where a frame was begun to be told of, and it is not known whether that is all. */
  get pending(): boolean {
    return this.frame !== undefined;
  }

  /** Takes the next line of stderr, whatever it says. @returns the frame that is told of by it. */
  push(line: string): FrameLog | undefined {
    const plain = line.includes('\x1b') ? line.replace(COLOURS, '') : line;
    const text = wordsOf(plain);
    if (text === undefined) return undefined;
    if (text.startsWith('getOutput ')) return this.stamped(text);
    if (text.startsWith('Metadata - ')) return this.described(text, timeOf(plain));
    if (text.startsWith('setting ')) {
      const duration = /^setting sync frame duration to +([\d.]+)us/.exec(text)?.[1];
      if (duration !== undefined) this.frameUs = Number(duration);
      return undefined;
    }
    return this.message(text);
  }

  /**
   * No more is to come of the frame that is pending, if it was logged by then. @returns that frame.
   * @param untilUs by the clock of `loggedUs`.
   */
  flush(untilUs = Number.POSITIVE_INFINITY): FrameLog | undefined {
    const frame = this.frame;
    if (frame?.loggedUs !== undefined && frame.loggedUs > untilUs) return undefined;
    this.frame = undefined;
    this.taken = undefined;
    return frame;
  }

  private stamped(text: string): FrameLog | undefined {
    const [, sensor, wall] = /^getOutput (\d+) (\d+)$/.exec(text) ?? [];
    if (sensor === undefined || wall === undefined) return undefined;
    this.stamp = { sensorNs: BigInt(sensor), wallNs: BigInt(wall) };
    return this.flush();
  }

  private described(text: string, loggedUs: number | undefined): FrameLog | undefined {
    const parts = /^Metadata - Exposure(?: time)?: ([\d.]+)us Frame length: (\d+) Line length: ([\d.]+)us/.exec(text);
    if (parts === null || this.stamp === undefined) return undefined;
    const [exposureUs, lines, lineUs] = parts.slice(1).map(Number) as [number, number, number];
    const before = this.flush();
    const lengths = { exposureUs, lines, lineUs: this.exactly(lineUs, lines) };
    this.frame = { ...this.stamp, ...lengths, ...(loggedUs !== undefined && { loggedUs }) };
    this.stamp = undefined;
    return before;
  }

  /**
   * The line is logged to 0.01 us, and so is the duration of a frame at rest: divided by its lines it tells the line
   * 1,000 times better. The first frame is at rest.
   */
  private exactly(lineUs: number, lines: number): number {
    const exact = (this.frameUs ?? 0) / lines;
    if (this.lineUs === undefined && Math.abs(exact - lineUs) <= ROUNDED_US) this.lineUs = exact;
    return this.lineUs ?? lineUs;
  }

  private message(text: string): FrameLog | undefined {
    if (text.startsWith('Received packet ')) {
      const number = /^Received packet \(frameNumber (\d+)\):$/.exec(text)?.[1];
      if (number !== undefined) this.taken = { frameNumber: Number(number) };
      return undefined;
    }
    const taken = this.taken;
    if (taken === undefined) return undefined;
    taken.serverUs ??= numberAfter('serverFrameTimestamp ', text);
    taken.clientUs ??= numberAfter('clientFrameTimestamp ', text);
    const correctionUs = numberAfter('correction ', text);
    if (correctionUs === undefined) return undefined;
    const { frameNumber, serverUs, clientUs } = taken;
    const frame = this.flush();
    if (frame === undefined || frameNumber === undefined || serverUs === undefined || clientUs === undefined)
      return frame;
    return { ...frame, taken: { frameNumber, serverUs, clientUs, correctionUs } };
  }
}

/** The whole number that a line consists of behind a word. */
function numberAfter(word: string, text: string): number | undefined {
  const value = text.startsWith(word) ? Number(text.slice(word.length)) : Number.NaN;
  return Number.isInteger(value) ? value : undefined;
}

/** What a duration with two decimals may be off. */
const ROUNDED_US = 0.0051;
