import {
  AV_CODEC_ID_H264,
  AV_LOG_ERROR,
  AV_OPT_SEARCH_CHILDREN,
  AV_OPT_TYPE_STRING,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import { Codec, CodecContext, Frame, Log, Packet, Rational } from 'node-av/lib';
import { type Picture, pictureBytes } from '../src/camera/picture.ts';
import { drawPixelClock } from '../src/pixel-clock/draw.ts';
import type { LumaPlane, Placement } from '../src/pixel-clock/layout.ts';
import { PixelClockReader } from '../src/pixel-clock/read.ts';
import { DEFAULT_CRF } from '../src/record/encoder.ts';
import { monoUs } from '../src/time/units.ts';
import { drawTexture, random, sensorNoise } from './pixel-clock-scene.ts';
import { blur, drawSeen, glare, type View } from './pixel-clock-view.ts';

export interface X264Options {
  readonly crf?: number;
  /** Bits a second; replaces crf. */
  readonly bitrate?: number;
  readonly preset: string;
}

/** Encodes pictures with libx264 and decodes them again; `onFrame` gets the decoded planes in order. */
export class H264RoundTrip {
  private readonly encoder = new CodecContext();
  private readonly decoder = new CodecContext();
  private readonly packet = new Packet();
  private readonly decoded = new Frame();
  private readonly onFrame: (plane: LumaPlane, index: number) => void;
  private readonly width: number;
  private readonly height: number;
  private sent = 0;
  private received = 0;
  bytes = 0;

  constructor(width: number, height: number, options: X264Options, onFrame: (plane: LumaPlane, index: number) => void) {
    this.onFrame = onFrame;
    this.width = width;
    this.height = height;
    Log.setLevel(AV_LOG_ERROR);
    const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264);
    if (!codec) throw new Error('this FFmpeg has no libx264');
    const encoder = this.encoder;
    encoder.allocContext3(codec);
    encoder.width = width;
    encoder.height = height;
    encoder.pixelFormat = AV_PIX_FMT_YUV420P;
    encoder.timeBase = new Rational(1, 30);
    encoder.framerate = new Rational(30, 1);
    encoder.gopSize = 30;
    encoder.maxBFrames = 0;
    encoder.threadCount = 1;
    // Not as a Dictionary handed to open2Sync: FFmpeg replaces it while it opens the codec, and node-av 6.1 then frees
    // it twice.
    check(encoder.setOption('preset', options.preset, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN));
    if (options.bitrate !== undefined) encoder.bitRate = BigInt(options.bitrate);
    else
      check(encoder.setOption('crf', String(options.crf ?? DEFAULT_CRF), AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN));
    check(encoder.open2Sync(codec));
    const decoderCodec = Codec.findDecoder(AV_CODEC_ID_H264);
    if (!decoderCodec) throw new Error('this FFmpeg has no H.264 decoder');
    this.decoder.allocContext3(decoderCodec);
    this.decoder.threadCount = 1;
    check(this.decoder.open2Sync(decoderCodec));
    this.packet.alloc();
    this.decoded.alloc();
  }

  push(picture: Picture): void {
    const frame = Frame.fromVideoBuffer(
      Buffer.from(picture.data.buffer, picture.data.byteOffset, picture.data.length),
      {
        width: this.width,
        height: this.height,
        format: AV_PIX_FMT_YUV420P,
        timeBase: new Rational(1, 30),
        pts: BigInt(this.sent++),
      },
    );
    check(this.encoder.sendFrameSync(frame));
    frame.free();
    this.drain();
  }

  /** Flushes both codecs and frees them. */
  close(): void {
    this.encoder.sendFrameSync(null);
    this.drain();
    this.decoder.sendPacketSync(null);
    this.receive();
    this.packet.free();
    this.decoded.free();
    this.encoder.freeContext();
    this.decoder.freeContext();
    if (this.received !== this.sent) throw new Error(`${this.sent} frames went in, ${this.received} came out`);
  }

  private drain(): void {
    while (this.encoder.receivePacketSync(this.packet) >= 0) {
      this.bytes += this.packet.size;
      check(this.decoder.sendPacketSync(this.packet));
      this.packet.unref();
      this.receive();
    }
  }

  private receive(): void {
    while (this.decoder.receiveFrameSync(this.decoded) >= 0) {
      const data = this.decoded.data?.[0];
      if (!data) throw new Error('a decoded frame has no luma');
      this.onFrame(
        { data, width: this.width, height: this.height, stride: this.decoded.linesize[0] as number },
        this.received++,
      );
      this.decoded.unref();
    }
  }
}

function check(code: number): void {
  if (code < 0) throw new Error(`FFmpeg returned ${code}`);
}

export interface TrialOptions extends X264Options {
  readonly exposureUs: number;
  readonly frames: number;
  readonly seed: number;
  readonly width?: number;
  readonly height?: number;
  readonly place?: Placement;
  readonly noise?: number;
  readonly periodUs?: number;
  /** Of a rolling shutter: from one row of the picture to the next, in us. Default 0. */
  readonly rowUs?: number;
  /** The panel as it is seen at an angle, in place of `place`. */
  readonly view?: View;
  /** Standard deviation of a Gaussian blur, in pixels, and levels that a reflection adds in the middle of the panel. */
  readonly blurPx?: number;
  readonly glareLevels?: number;
}

export interface TrialResult {
  readonly frames: number;
  /** Time read minus true time of the row that it was read at, in us, one a frame that was read. */
  readonly errorsUs: number[];
  /** What the panel says of the time a row, in us. */
  readonly rowsUs: number[];
  readonly sigmasUs: number[];
  readonly exposuresUs: (number | undefined)[];
  readonly bytes: number;
}

/** Draws panels at known times on a moving texture, adds noise, sends them through H.264 and reads them back. */
export function trial(options: TrialOptions): TrialResult {
  const { width = 640, height = 480, place = { x: 128, y: 370, unit: 8 }, exposureUs, seed } = options;
  const picture = { width, height, data: new Uint8Array(pictureBytes(width, height)).fill(128) };
  const plane = { data: picture.data.subarray(0, width * height), width, height, stride: width };
  const next = random(seed);
  const addNoise = sensorNoise(seed + 1);
  // An imx219 at "30 fps" whose crystal is off by up to 100 ppm, anywhere in the clock's range.
  const periodUs = (options.periodUs ?? 33326.9) * (1 + 2e-4 * (next() - 0.5));
  const startUs = next() * 1e12;
  const middle = (frame: number): number => startUs + frame * periodUs;
  const reader = new PixelClockReader();
  const rowUs = options.rowUs ?? 0;
  const errorsUs: number[] = [];
  const rowsUs: number[] = [];
  const sigmasUs: number[] = [];
  const exposuresUs: (number | undefined)[] = [];
  const codec = new H264RoundTrip(width, height, options, (decoded, frame) => {
    const reading = reader.read(decoded);
    if (!reading) return;
    const errorUs = reading.timeUs - middle(frame) - reading.row * rowUs;
    errorsUs.push(errorUs);
    rowsUs.push(reading.rowUs);
    sigmasUs.push(reading.sigmaUs);
    exposuresUs.push(reading.exposureUs);
  });
  for (let frame = 0; frame < options.frames; frame++) {
    drawTexture(plane, frame);
    const exposure = {
      startUs: monoUs(middle(frame) - exposureUs / 2),
      endUs: monoUs(middle(frame) + exposureUs / 2),
      rowUs,
    };
    if (options.view) drawSeen(plane, options.view, exposure);
    else drawPixelClock(plane, place, exposure);
    blur(plane, options.blurPx ?? 0);
    glare(plane, options.glareLevels ?? 0, 0.5, 0.5, 6 * (options.view?.unit ?? place.unit));
    addNoise(plane, options.noise ?? 2);
    codec.push(picture);
  }
  codec.close();
  return { frames: options.frames, errorsUs, rowsUs, sigmasUs, exposuresUs, bytes: codec.bytes };
}

export const rms = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
