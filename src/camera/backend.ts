import type { Clock } from '../time/clock.ts';
import type { Camera, CameraRequest } from './camera.ts';
import type { SensorListing } from './listing.ts';

/**
 * One kind of camera: what its specs look like, which cameras there are, and how one is opened. docs/cameras.md says
 * how to add one; all pass the suite in test/support/camera-conformance.ts.
 */
export interface CameraBackend {
  /** What its specs begin with: `virtual` of `virtual:imx219`. Small letters and digits; no other backend has it. */
  readonly scheme: string;
  /** What help, lists and refusals say of it. */
  readonly help: BackendHelp;
  /**
   * True where what its cameras see is made on this machine: nothing outside can follow them, so sync messages stay
   * here.
   */
  readonly virtual?: boolean;
  /**
   * True where its cameras choose exposure and gain themselves unless told, so that two of them may differ in
   * brightness.
   */
  readonly choosesExposure?: boolean;
  /** The program that runs its cameras, each in a process of its own; without one this program opens them. */
  readonly program?: string;
  /**
   * The specs that numbers stand for, where those never change: `numbered[0]` is camera 0. Other cameras get numbers
   * from `list`.
   */
  readonly numbered?: readonly string[];

  /**
   * The spec as it is kept and shown. Without this it is kept as it was given.
   * @throws UsageError that names the spec, the part that is wrong and what would be right.
   */
  check?(spec: string): string;

  /**
   * The cameras that are there now. Undefined, or no such function, where this machine can have none or none is to be
   * found without being named (a video device is never opened unasked).
   * @param program The program that runs its cameras, where the user named one. @throws UsageError where that can't be
   *   run.
   */
  list?(program?: string): Promise<CameraList | undefined>;

  /**
   * What a camera would be opened as, as far as that is known without opening it.
   * @throws OptionError as `open`, where the request can't be had.
   */
  foresee?(request: CameraRequest): ForeseenCamera;

  /** What specs may name beyond the cameras that `list` finds. */
  models?(): readonly CameraModel[];

  /**
   * Opens the camera that `request.spec` names. It streams once it is run.
   * @param clock All times of its frames are by this clock.
   * @throws UsageError, one line that names the spec, where it can't be had as asked; FailureError where
   *   `request.signal` ended the attempt.
   */
  open(request: CameraRequest, clock: Clock): Promise<Camera>;
}

/** What help, lists and refusals say of a backend. */
export interface BackendHelp {
  /** How a spec of it is written: `virtual:MODEL`. */
  readonly form: string;
  /** One line on its cameras. */
  readonly about: string;
  /** What goes before the word camera: `2 virtual cameras`. */
  readonly called?: string;
}

/** What a backend finds. */
export interface CameraList {
  /** The cameras, in the order of their numbers. */
  readonly cameras: readonly FoundCamera[];
  /** Path of the program that runs them. */
  readonly program?: string;
  /** Why there may be others, in one line. */
  readonly failed?: string;
}

/** A camera that is there. */
export interface FoundCamera {
  /** What `--camera` calls it; undefined where only its spec does. */
  readonly number?: number;
  /** What opens it. */
  readonly spec: string;
  /** Short name for people: `imx219`. */
  readonly model: string;
  /** What it delivers unless asked otherwise, for people: `1640x1232`. */
  readonly mode: string;
  /** As `--list-cameras` shows it; for cameras with a sensor that is known. */
  readonly sensor?: SensorListing;
  /** What else is known of it, as lists in JSON have it. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What a camera would be opened as. */
export interface ForeseenCamera {
  /** Short name for people: `imx219`. */
  readonly model: string;
  /** The sensor's mode, for people: `1640x1232`. */
  readonly mode: string;
}

/** A model that specs may name. */
export interface CameraModel {
  /** As specs name it: `imx219`. */
  readonly model: string;
  /** Its modes, the default first. */
  readonly modes: readonly {
    /** As specs name it: `1640x1232`. */
    readonly mode: string;
    /** The step of a frame duration, in us. */
    readonly lineUs: number;
    /** Frames a second at most, rounded down to a tenth. */
    readonly maxFps: number;
  }[];
}
