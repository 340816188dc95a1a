import type { FrameRate } from '../time/frame-rate.ts';
import type { Readout } from '../time/readout.ts';
import type { BootUs } from '../time/units.ts';
import type { Picture } from './picture.ts';

/** How a camera's frame duration can be steered. */
export interface Steering {
  /** Its frames can be made longer and shorter. */
  readonly kind: 'steered';
  /** The step of a frame duration: one line of the sensor, in us, by its nominal crystal. */
  readonly lineUs: number;
  /** A frame length written during frame n is the length of frame n + this. */
  readonly controlDelayFrames: number;
  /** The shortest frame, in us by the camera's nominal crystal. */
  readonly shortestFrameUs: number;
  /** The longest frame, in us by the camera's nominal crystal. */
  readonly longestFrameUs: number;
  /** The frame length that the camera runs with when nothing corrects it, in us by its nominal crystal. */
  readonly frameUs: number;
}

/** A camera whose frames can be timestamped and matched to slots, but not moved; `reason` says why, to a user. */
export interface Unsteered {
  /** Its frames come when they come. */
  readonly kind: 'timestamped';
  /** Why it can't be steered: the rest of a sentence, for a user. */
  readonly reason: string;
  /**
   * Where its frames lie depends on when it is started, so that it may be started again until they lie near a server's
   * (docs/sync.md, phase hunting): for a device unless told otherwise, for what is no device where it is asked for.
   * Left out: it is never started again for that.
   */
  readonly restarts?: 'device' | 'when-asked';
}

/** What a camera is and what it can do. Sync machines ask this; they never guess. */
export interface CameraInfo {
  /** The spec that opens this camera again, for example `virtual:imx219?seed=1`. */
  readonly spec: string;
  /** Short name for people, for example `imx219`. */
  readonly model: string;
  /** The sensor's mode, or the size that the device delivers, for people. */
  readonly mode: string;
  /** Width of its pictures, in pixels. */
  readonly width: number;
  /** Height of its pictures, in pixels. */
  readonly height: number;
  /** Frames a second that it runs at, nominally. */
  readonly frameRate: FrameRate;
  /** How its frames can be steered, or why they can't. */
  readonly steering: Steering | Unsteered;
  /** Exposure, in us, and gain, where they are fixed. */
  readonly exposureUs?: number;
  /** Gain, a factor, where it is fixed. */
  readonly gain?: number;
  /** Lines that the sensor reads out for a frame, one after the other or, with a global shutter, of the same moment. */
  readonly rows?: number;
  /** True where all rows are exposed at once. Default false. */
  readonly globalShutter?: boolean;
  /** When the rows of its pictures are exposed, where that is known. */
  readonly readout?: Readout;
  /** True where the camera puts a pixel clock into the picture itself. */
  readonly pixelClock: boolean;
  /** Rows of the picture that its upper and its lower edge lie at, in pixels from the picture's upper edge. */
  readonly panelRows?: readonly [upper: number, lower: number];
  /** What was asked for and can't be had, a line each that names the option: the camera runs without it. */
  readonly notes?: readonly string[];
}

/** How pictures are changed between the sensor and the encoder; what is left out stays as it is. */
export interface ImageSettings {
  /** Mirrors pictures, left to right. Default false. */
  readonly hflip?: boolean;
  /** Turns pictures over, top to bottom. Default false. */
  readonly vflip?: boolean;
  /** 180 turns the picture upside down. */
  readonly rotation?: 0 | 180;
  /** The part that is shown, as shares of the whole. */
  readonly roi?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** -1 (black) to 1 (white); default 0. */
  readonly brightness?: number;
  /** 1 changes nothing. */
  readonly contrast?: number;
  /** 0 is grey; 1 changes nothing. */
  readonly saturation?: number;
  /** 0 is as it is scaled; 1 changes nothing. */
  readonly sharpness?: number;
  /** Gains of red and blue. */
  readonly awbGains?: readonly [number, number];
}

/** What a camera is opened for. */
export interface CameraRequest {
  /** Which camera, for example `virtual:imx219?seed=1`. */
  readonly spec: string;
  /** What people call it in this take, for example `cam0`. */
  readonly name: string;
  /** Width of the pictures that are wanted, in pixels. */
  readonly width: number;
  /** Height of the pictures that are wanted, in pixels. */
  readonly height: number;
  /** Frames a second, nominally. */
  readonly frameRate: FrameRate;
  /** Fixed exposure, in us; the camera's own choice where it is not given. */
  readonly exposureUs?: number;
  /** Fixed gain. */
  readonly gain?: number;
  /** What is to be done to its pictures. Default: nothing. */
  readonly image?: ImageSettings;
  /** The sensor's mode, by its size and bits; the camera's own choice where it is not given. */
  readonly sensorMode?: {
    readonly width: number;
    readonly height: number;
    readonly bits: number;
    readonly packed: boolean;
  };
  /**
   * True where frames go by before any picture is asked for: what makes pictures may be got ready in that time. Default
   * false.
   */
  readonly idleFirst?: boolean;
  /** What else was asked of the camera, by the option's name without dashes, as it was given: `{ hdr: 'auto' }`. */
  readonly controls?: Readonly<Record<string, string>>;
  /**
   * Fires when the camera is no longer wanted: `open` gives up then, where it waits for something. What is open is
   * ended by `close`.
   */
  readonly signal?: AbortSignal;
}

/** One frame as the camera delivers it. */
export interface CapturedFrame {
  /** Counts up by one a frame; a jump says how many frames the camera dropped. */
  readonly sequence: number;
  /** The sensor timestamp: the end of row 0's exposure, as the camera stamped it. */
  readonly sensorUs: BootUs;
  /** How long it was exposed, in us; undefined where the camera doesn't tell. */
  readonly exposureUs: number | undefined;
  /** The analogue gain, a factor; undefined where the camera doesn't tell. */
  readonly gain: number | undefined;
  /** Gains of red and blue, and the digital gain, where they are known. */
  readonly colourGains?: readonly [number, number];
  /** The digital gain, a factor. */
  readonly digitalGain?: number;
  /** The part of the sensor that is shown: x, y, width, height in its pixels. */
  readonly scalerCrop?: readonly [number, number, number, number];
  /**
   * How long this frame lasts, until the next begins, in us by the camera's nominal crystal; for a camera that says so.
   */
  readonly durationUs?: number;
  /**
   * The pixels, of the request's size, made or fetched when first asked for (frames that nobody records are never
   * rendered). Valid until the camera is closed; the caller may keep it.
   */
  picture(): Picture;
}

/** An open camera. Frames come through the callback in order of time; the callback must not block. */
export interface Camera {
  /** What it is and what it can do; the same from the moment it is open. */
  readonly info: CameraInfo;
  /**
   * Starts streaming. Resolves when the stream has ended, after `close` or at the source's end.
   * @throws FailureError, one line that names the camera, where it fails.
   */
  run(onFrame: (frame: CapturedFrame) => void): Promise<void>;
  /**
   * Asks for the length of the next frame that can still be influenced, in us by the camera's nominal crystal; the
   * camera rounds to its own step and keeps within its bounds. It lasts until the next call. No effect on a camera that
   * is not steered.
   */
  setFrameDuration(us: number): void;
  /**
   * Ends the stream: no frame is delivered any more. Resolves when the camera is free for others; may be called again,
   * and before `run`.
   */
  close(): Promise<void>;
}
