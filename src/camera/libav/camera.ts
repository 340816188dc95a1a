import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from 'node-av/lib';
import { FailureError, type UsageError } from '../../errors.ts';
import { type Libav, requireLibav } from '../../libav/load.ts';
import { statedRate } from '../../libav/stated-rate.ts';
import type { Clock } from '../../time/clock.ts';
import { type BootUs, bootUs } from '../../time/units.ts';
import type { Camera, CameraInfo, CameraRequest, CapturedFrame, Unsteered } from '../camera.ts';
import { ImagePipeline } from '../image/pipeline.ts';
import type { Region } from '../image/settings.ts';
import type { Picture } from '../picture.ts';
import { libavNotes } from './controls.ts';
import { describeInput, type LibavInput, openInput } from './input.ts';
import { Scaler } from './scaler.ts';
import { type LibavSpec, parseLibavSpec } from './spec.ts';
import { stampArrival } from './stamp.ts';

const REASONS: Record<LibavSpec['kind'], string> = {
  file: 'a video file is played as it was recorded',
  generated: 'a generated picture comes at its own rate',
  device: 'this device gives no control over the length of a single frame',
  stream: 'a stream comes as its sender sends it',
};

/** What of them begins anew where it is opened again: a file would begin at its beginning. */
const RESTARTS: Partial<Record<LibavSpec['kind'], Pick<Unsteered, 'restarts'>>> = {
  generated: { restarts: 'when-asked' },
  device: { restarts: 'device' },
};

/** Any input of FFmpeg as a camera: its frames are timestamped and matched to slots, never steered. */
export class LibavCamera implements Camera {
  readonly info: CameraInfo;
  private readonly libav: Libav;
  private readonly spec: LibavSpec;
  private readonly input: LibavInput;
  private readonly clock: Clock;
  private readonly scaler: Scaler;
  private readonly image: ImagePipeline | undefined;
  private readonly scalerCrop: readonly [number, number, number, number];
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;
  private released: Promise<void> | undefined;
  private sequence = 0;
  /** When the frame of time 0 is due, for inputs that are played in real time. */
  private startUs: BootUs | undefined;

  private constructor(
    libav: Libav,
    spec: LibavSpec,
    input: LibavInput,
    request: Omit<CameraRequest, 'name'>,
    clock: Clock,
  ) {
    const { width, height, frameRate } = request;
    this.libav = libav;
    this.spec = spec;
    this.input = input;
    this.clock = clock;
    const notes = libavNotes(spec, request);
    this.image = ImagePipeline.open(request.image, request, notes);
    const { roi } = this.image?.adjustments ?? {};
    this.scalerCrop = cropOf(input, roi);
    const rate = statedRate(libav, input.format, input.stream) ?? frameRate;
    this.info = {
      spec: spec.text,
      model: spec.kind === 'file' ? 'file' : (spec.format ?? spec.kind),
      mode: describeInput(input, rate),
      width,
      height,
      frameRate: rate,
      steering: { kind: 'timestamped', reason: REASONS[spec.kind], ...RESTARTS[spec.kind] },
      pixelClock: false,
      ...(notes.length > 0 && { notes }),
    };
    this.scaler = new Scaler(libav, width, height);
  }

  /**
   * Opens the input that a request names. The pictures have the request's size, whatever the input's is; what the
   * request asks of pictures is done to them, what it asks of the camera behind them is named in `info.notes`. Throws a
   * UsageError that names the input and says what is wrong.
   */
  static async open(request: Omit<CameraRequest, 'name'>, clock: Clock): Promise<LibavCamera> {
    const spec: LibavSpec | UsageError = parseLibavSpec(request.spec);
    if (spec instanceof Error) throw spec;
    const libav = await requireLibav();
    return new LibavCamera(libav, spec, await openInput(libav, spec, request), request, clock);
  }

  run(onFrame: (frame: CapturedFrame) => void): Promise<void> {
    this.running ??= this.read(onFrame);
    return this.running;
  }

  /** No effect: nothing here can be steered. */
  setFrameDuration(): void {}

  async close(): Promise<void> {
    this.closing.abort();
    this.input.format.interrupt();
    await this.running?.catch(() => {});
    this.released ??= this.release();
    await this.released;
  }

  private async read(onFrame: (frame: CapturedFrame) => void): Promise<void> {
    const { format, stream, codec } = this.input;
    const packet = new this.libav.Packet();
    packet.alloc();
    const frame = new this.libav.Frame();
    frame.alloc();
    const { signal } = this.closing;
    try {
      for (let ended = false; !ended && !signal.aborted; ) {
        const read = await format.readFrame(packet);
        const arrivedUs = this.arrival(read >= 0 ? packet.pts : undefined);
        if (read >= 0 && packet.streamIndex !== stream.index) {
          packet.unref();
          continue;
        }
        ended = read < 0;
        if (ended && read !== this.libav.constants.AVERROR_EOF && !signal.aborted) {
          throw new FailureError(`camera ${this.spec.text}: ${this.libav.FFmpegError.strerror(read)}`);
        }
        await codec.sendPacket(ended ? null : packet);
        packet.unref();
        while (!signal.aborted && (await codec.receiveFrame(frame)) >= 0) await this.deliver(frame, arrivedUs, onFrame);
      }
    } finally {
      packet.free();
      frame.free();
    }
  }

  private async deliver(frame: Frame, arrivedUs: BootUs, onFrame: (frame: CapturedFrame) => void): Promise<void> {
    const dueUs = this.due(frame);
    const picture = await this.scaler.picture(frame);
    if (dueUs !== undefined && !(await this.wait(dueUs))) return;
    const image = this.image;
    const awbGains = image?.adjustments.awbGains;
    let changed: Picture | undefined;
    onFrame({
      sequence: this.sequence++,
      sensorUs: dueUs ?? arrivedUs,
      exposureUs: undefined,
      gain: undefined,
      ...(awbGains && { colourGains: awbGains }),
      scalerCrop: this.scalerCrop,
      picture: () => {
        changed ??= image?.apply(picture) ?? picture;
        return changed;
      },
    });
  }

  /**
   * When a frame of a file is due: by its time in the file, from the first frame on. Undefined for what comes by
   * itself.
   */
  private due(frame: Frame): BootUs | undefined {
    if (this.spec.kind === 'device' || this.spec.kind === 'stream') return undefined;
    const { num, den } = this.input.stream.timeBase;
    const { AV_NOPTS_VALUE } = this.libav.constants;
    const pts = frame.bestEffortTimestamp;
    const rate = this.info.frameRate;
    const us = pts === AV_NOPTS_VALUE ? (this.sequence * 1e6 * rate.den) / rate.num : (Number(pts) * num * 1e6) / den;
    this.startUs ??= bootUs(this.clock.boot() - us);
    return bootUs(this.startUs + us);
  }

  /** @returns false where the camera was closed meanwhile. */
  private async wait(dueUs: BootUs): Promise<boolean> {
    const { signal } = this.closing;
    for (;;) {
      const leftUs = dueUs - this.clock.boot();
      if (signal.aborted) return false;
      if (leftUs <= 0) return true;
      await sleep(leftUs / 1000, undefined, { signal }).catch(() => {});
    }
  }

  private arrival(pts: bigint | undefined): BootUs {
    const { num, den } = this.input.stream.timeBase;
    const stamped = this.spec.format === 'video4linux2' && pts !== undefined;
    return stampArrival(this.clock, stamped ? (Number(pts) * num * 1e6) / den : undefined);
  }

  private async release(): Promise<void> {
    this.scaler.free();
    this.input.codec.freeContext();
    await this.input.format.closeInput();
  }
}

/** The part of an input's picture that is shown, in its pixels. */
function cropOf({ stream }: LibavInput, roi: Region | undefined): readonly [number, number, number, number] {
  const { width, height } = stream.codecpar;
  if (!roi) return [0, 0, width, height];
  return [roi.x * width, roi.y * height, roi.width * width, roi.height * height].map(Math.trunc) as [
    number,
    number,
    number,
    number,
  ];
}
