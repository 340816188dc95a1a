import { FailureError, UsageError } from '../errors.ts';
import type { Camera, CameraInfo, CameraRequest, CapturedFrame } from './camera.ts';
import { type Picture, pictureBytes } from './picture.ts';

/**
 * A camera that is held to what `Camera` says: numbers and times that rise, pictures of the size that was asked for,
 * nothing after `close`. What breaks that ends the stream with one line that names the camera and what would be right.
 */
export class CheckedCamera implements Camera {
  readonly info: CameraInfo;
  private readonly inner: Camera;
  private readonly request: CameraRequest;
  private last: CapturedFrame | undefined;
  private closed = false;

  /** @throws UsageError where what the camera says of itself can't be. */
  constructor(inner: Camera, request: CameraRequest) {
    this.inner = inner;
    this.request = request;
    this.info = inner.info;
    const wrong = wrongInfo(inner.info, request);
    if (wrong !== undefined) throw new UsageError(`camera ${request.spec}: ${wrong}`);
  }

  async run(onFrame: (frame: CapturedFrame) => void): Promise<void> {
    let failure: Error | undefined;
    const take = (frame: CapturedFrame): void => {
      if (this.closed || failure !== undefined) return;
      const wrong = wrongFrame(frame, this.last);
      this.last = frame;
      if (wrong === undefined) {
        onFrame(this.checked(frame));
        return;
      }
      failure = this.failed(wrong);
      // The stream ends with it: who called this has nothing to wait for.
      void this.inner.close().catch(() => {});
    };
    try {
      await this.inner.run(take);
    } catch (error) {
      if (error instanceof FailureError || error instanceof UsageError) throw failure ?? error;
      throw failure ?? this.failed(error instanceof Error ? error.message : String(error), error);
    }
    if (failure !== undefined) throw failure;
  }

  setFrameDuration(us: number): void {
    this.inner.setFrameDuration(us);
  }

  close(): Promise<void> {
    this.closed = true;
    return this.inner.close();
  }

  private checked(frame: CapturedFrame): CapturedFrame {
    const picture = (): Picture => {
      const { width, height } = this.request;
      const made = frame.picture();
      if (made.width === width && made.height === height && made.data.length >= pictureBytes(width, height))
        return made;
      throw this.failed(
        `the picture of frame ${frame.sequence} is ${made.width}x${made.height}, ${made.data.length} bytes; ` +
          `asked for was ${width}x${height} in I420, ${pictureBytes(width, height)} bytes`,
      );
    };
    return { ...frame, picture };
  }

  private failed(why: string, cause?: unknown): FailureError {
    return new FailureError(`camera ${this.request.spec}: ${why.replace(/\s*\n\s*/g, ' ')}`, { cause });
  }
}

function wrongInfo(info: CameraInfo, { width, height }: CameraRequest): string | undefined {
  if (info.width !== width || info.height !== height)
    return `its pictures are ${info.width}x${info.height}; they must be of the size that is asked for, ${width}x${height}`;
  const { num, den } = info.frameRate;
  if (!(Number.isSafeInteger(num) && Number.isSafeInteger(den) && num > 0 && den > 0))
    return `its frame rate is ${num}/${den}; it must be a fraction of two whole numbers above 0`;
  const { steering } = info;
  if (steering.kind === 'timestamped') return undefined;
  const { lineUs, controlDelayFrames, shortestFrameUs, frameUs, longestFrameUs } = steering;
  if (!(lineUs > 0)) return `steering.lineUs is ${lineUs}; it must be above 0 us`;
  if (!(Number.isSafeInteger(controlDelayFrames) && controlDelayFrames >= 0))
    return `steering.controlDelayFrames is ${controlDelayFrames}; it must be a whole number of frames`;
  if (!(shortestFrameUs > 0 && shortestFrameUs <= frameUs && frameUs <= longestFrameUs))
    return `steering.frameUs is ${frameUs}; it must lie from shortestFrameUs, ${shortestFrameUs}, to longestFrameUs, ${longestFrameUs}`;
  return undefined;
}

function wrongFrame({ sequence, sensorUs }: CapturedFrame, last: CapturedFrame | undefined): string | undefined {
  if (!Number.isSafeInteger(sequence) || sequence < 0)
    return `a frame has sequence ${sequence}; it must be a whole number, 0 or above`;
  if (!Number.isFinite(sensorUs)) return `frame ${sequence} has sensorUs ${sensorUs}; it must be a time in us`;
  if (last === undefined) return undefined;
  if (sequence <= last.sequence)
    return `frame ${sequence} came behind frame ${last.sequence}; sequence must rise, by one a frame`;
  if (sensorUs <= last.sensorUs)
    return `frame ${sequence} has sensorUs ${sensorUs}, the one before it ${last.sensorUs}; times must rise`;
  return undefined;
}
