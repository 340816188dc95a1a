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
  /** The message that was taken with it. */
  readonly taken?: LoggedTaken;
}

/** The words of terminals' colours, which libcamera writes where stderr is one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character.
const COLOURS = /\x1b\[[\d;]*m/g;
const LINE = /^\[[\d:.]+\] \[\d+\] +DEBUG (?:RPiSync|IPARPI|ClockRec) \S+:\d+ +(.*)$/;

/**
 * Reads libcamera's log of a stock camera, at level DEBUG of `RPiSync`, `IPARPI` and `ClockRec`, line by line: what a
 * frame was, and the message that was taken with it.
 *
 * A frame is told by its stamp on both clocks (the last `getOutput` before it; those before are of the clock recovery
 * itself), then by its length, then by the message, where one was taken. That none was taken is said by nothing: then
 * the next frame ends it, or whoever waits no longer.
 */
export class SteeringLog {
  #stamp: { readonly sensorNs: bigint; readonly wallNs: bigint } | undefined;
  #frame: Omit<FrameLog, 'taken'> | undefined;
  #taken: Partial<Record<keyof LoggedTaken, number>> | undefined;
  #frameUs: number | undefined;
  #lineUs: number | undefined;

  /** True where a frame was begun to be told of, and it is not known whether that is all. */
  get pending(): boolean {
    return this.#frame !== undefined;
  }

  /** Takes the next line of stderr, whatever it says. @returns the frame that is told of by it. */
  push(line: string): FrameLog | undefined {
    const text = LINE.exec(line.replace(COLOURS, '').trimEnd())?.[1];
    if (text === undefined) return undefined;
    const duration = /^setting sync frame duration to +([\d.]+)us/.exec(text)?.[1];
    if (duration !== undefined) this.#frameUs = Number(duration);
    return this.#stamped(text) ?? this.#described(text) ?? this.#message(text);
  }

  /** No more is to come of the frame that is pending. @returns that frame. */
  flush(): FrameLog | undefined {
    const frame = this.#frame;
    this.#frame = undefined;
    this.#taken = undefined;
    return frame;
  }

  #stamped(text: string): FrameLog | undefined {
    const [, sensor, wall] = /^getOutput (\d+) (\d+)$/.exec(text) ?? [];
    if (sensor === undefined || wall === undefined) return undefined;
    this.#stamp = { sensorNs: BigInt(sensor), wallNs: BigInt(wall) };
    return this.flush();
  }

  #described(text: string): FrameLog | undefined {
    const parts = /^Metadata - Exposure(?: time)?: ([\d.]+)us Frame length: (\d+) Line length: ([\d.]+)us/.exec(text);
    if (parts === null || this.#stamp === undefined) return undefined;
    const [exposureUs, lines, lineUs] = parts.slice(1).map(Number) as [number, number, number];
    const before = this.flush();
    this.#frame = { ...this.#stamp, exposureUs, lines, lineUs: this.#exactly(lineUs, lines) };
    this.#stamp = undefined;
    return before;
  }

  /**
   * The line is logged to 0.01 us, and so is the duration of a frame at rest: divided by its lines it tells the line
   * 1,000 times better. The first frame is at rest.
   */
  #exactly(lineUs: number, lines: number): number {
    const exact = (this.#frameUs ?? 0) / lines;
    if (this.#lineUs === undefined && Math.abs(exact - lineUs) <= ROUNDED_US) this.#lineUs = exact;
    return this.#lineUs ?? lineUs;
  }

  #message(text: string): FrameLog | undefined {
    const number = /^Received packet \(frameNumber (\d+)\):$/.exec(text)?.[1];
    if (number !== undefined) this.#taken = { frameNumber: Number(number) };
    const [, name, value] = /^(serverFrameTimestamp|clientFrameTimestamp|correction) (-?\d+)$/.exec(text) ?? [];
    const taken = this.#taken;
    if (taken === undefined || value === undefined) return undefined;
    if (name === 'serverFrameTimestamp') taken.serverUs = Number(value);
    if (name === 'clientFrameTimestamp') taken.clientUs = Number(value);
    if (name !== 'correction') return undefined;
    const { frameNumber, serverUs, clientUs } = taken;
    const frame = this.flush();
    if (frame === undefined || frameNumber === undefined || serverUs === undefined || clientUs === undefined)
      return frame;
    return { ...frame, taken: { frameNumber, serverUs, clientUs, correctionUs: Number(value) } };
  }
}

/** What a duration with two decimals may be off. */
const ROUNDED_US = 0.0051;
