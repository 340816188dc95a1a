import { modeName, modesOf, type SensorMode } from '../../sensor/sensor-models.ts';
import { stock } from '../../sync/controllers/stock.ts';
import { tracking } from '../../sync/controllers/tracking.ts';
import type { HostExchangeOptions } from '../host-exchange.ts';
import type { Hunting } from '../hunted-world.ts';
import type { LinkOptions } from '../link.ts';
import type { Pairing } from '../machines.ts';
import type { GridOptions } from '../sim-grid.ts';
import type { StandByOptions } from '../stand-by.ts';
import type { Steering } from '../steered-world.ts';
import type { StrangerOptions } from '../stranger.ts';
import type { Observed } from '../watch.ts';
import type { Ask, ServerRun, SimCameraOptions } from '../world.ts';

export const SECOND = 1e6;
/** "30 fps": the frame duration that cameras are asked for, in us. */
export const FRAME_US = SECOND / 30;

/** One world of a scenario. All times are true time, in us. */
export interface Variant {
  /** Empty where a scenario has only one. */
  readonly name: string;
  /** How long the world runs. */
  readonly untilUs: number;
  /** The server's camera and host. */
  readonly server: SimCameraOptions;
  /** The clients' cameras and hosts. */
  readonly clients: readonly SimCameraOptions[];
  /** The network between them. Default: one without faults. */
  readonly link?: LinkOptions;
  /** The hosts exchange times: a client reads the server's clock by that alone. */
  readonly exchange?: HostExchangeOptions;
  /** When the server runs. Default: once, for ever. */
  readonly serverRuns?: readonly ServerRun[];
  /** The clients are stock processes, steered by messages to an even grid: nobody serves. */
  readonly steering?: Steering;
  /** The clients can't be steered, and are started again until they fit (`ours`), or once (`stock`). */
  readonly hunting?: Hunting;
  /** Servers without a camera, in place of the one that has one; in both columns. */
  readonly grid?: GridOptions;
  /** Somebody else on the network. */
  readonly stranger?: StrangerOptions;
  /** What runs in the column `ours`, and what in the column `stock`; undefined where nothing runs beside. */
  readonly ours: Pairing;
  /** What runs in the column `stock`; undefined where nothing runs beside. */
  readonly stock: Pairing | undefined;
  /** The part of the run that the figures are of: from and to, in us after the first message heard. */
  readonly windowUs: readonly [number, number];
  /** The server's process dies, and `record` carries its word on. */
  readonly standBy?: StandByOptions;
  /** Whether at a true time nothing disturbs the clients, in a world that is disturbed again and again. */
  readonly calm?: (trueUs: number) => boolean;
  /** When something happens to this world. */
  readonly eventUs?: number;
  /** From when on the server counts its frames anew. */
  readonly recountedUs?: number;
  /** What the server is asked for. */
  readonly asks?: readonly Ask[];
  /** What must hold for each client. */
  readonly musts: readonly Must[];
}

/** One client of a variant, run. */
export interface ClientRun {
  /** The world that it was in. */
  readonly variant: Variant;
  /** Which of its clients. */
  readonly camera: string;
  /** That client's camera and host. */
  readonly options: SimCameraOptions;
  /** The best that whole lines allow: line / sqrt 12, in us. */
  readonly limitRmsUs: number;
  /** Not null where the camera has no room to follow at this rate: the highest at which it would have. */
  readonly refused: { readonly highestSafeFps: number } | null;
  /** What was observed in our column; null where it was refused. */
  readonly ours: Observed | null;
  /** What was observed in the stock column; null where nothing ran there. */
  readonly stock: Observed | null;
}

/** Something that must hold for each client of a variant. @returns what does not, in words. */
export type Must = (run: ClientRun) => string | undefined;

/** A numbered scenario in virtual time: worlds, and what must hold in them. */
export interface Scenario {
  /** A short name, as `genlock simulate` takes it. */
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  /** One line: what must hold. */
  readonly limits: string;
  /** Its worlds. */
  readonly variants: readonly Variant[];
  /** What must hold over many seeds: runs worlds of its own, one of each seed given. @returns what does not hold. */
  readonly survey?: (runs: (variant: Variant, seed: number) => readonly ClientRun[], seed: number) => string[];
  /** Simulated camera frames a second of a core that the simulator must reach in this scenario. */
  readonly leastFramesPerSecond?: number;
}

/** Our server with our clients; stock with stock. */
export const OURS: Pairing = { server: tracking, client: tracking };
export const STOCK: Pairing = { server: stock, client: stock };

/** A sensor mode: the model's default, or one by name. @throws RangeError where there is none. */
export function sensor(model: string, name?: string): SensorMode {
  const mode = modesOf(model).find((mode) => name === undefined || modeName(mode) === name);
  if (mode === undefined) throw new RangeError(`no sensor ${model} ${name ?? ''}`);
  return mode;
}

/**
 * Crystals of a server and a client, unless said otherwise: the server's frames last 15 ppm longer than nominal, the
 * client's 20 ppm shorter. In ppm of the crystal's rate, as everywhere: one that runs fast makes short frames.
 */
export const SERVER_PPM = -15;
export const CLIENT_PPM = 20;

/** What a camera of a world has, where it is not the usual. */
export type CameraPart = Partial<SimCameraOptions> & { readonly mode?: SensorMode };

export const serverCamera = (part: CameraPart = {}): SimCameraOptions => ({
  mode: sensor('imx219'),
  ppm: SERVER_PPM,
  frameUs: FRAME_US,
  ...part,
});

export const clientCamera = (part: CameraPart = {}): SimCameraOptions => ({
  mode: sensor('imx219'),
  ppm: CLIENT_PPM,
  frameUs: FRAME_US,
  ...part,
});

/** Two imx219 for two minutes and a little, unless said otherwise. */
export const variant = (part: Partial<Variant> & Pick<Variant, 'musts'>): Variant => ({
  name: '',
  untilUs: 121 * SECOND,
  server: serverCamera(),
  clients: [clientCamera()],
  ours: OURS,
  stock: STOCK,
  windowUs: [60 * SECOND, 120 * SECOND],
  ...part,
});
