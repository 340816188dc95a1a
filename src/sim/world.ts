import { type ClientFrame, SyncClient } from '../sync/client.ts';
import type { ClientController, ServerController } from '../sync/controller.ts';
import { type ServerFrame, SyncServer } from '../sync/server.ts';
import { bootUs } from '../time/units.ts';
import { Link, type LinkOptions } from './link.ts';
import { Random } from './random.ts';
import { Sensor } from './sensor.ts';
import { linesFor, type SensorMode } from './sensor-models.ts';

/** Wall clock of true time 0, in us: any date will do. */
const EPOCH_US = 1_700_000_000_000_000;

export interface SimCameraOptions {
  readonly mode: SensorMode;
  readonly ppm: number;
  /** Frame duration asked for, in us. */
  readonly frameUs: number;
  /** True time of the first frame. Default: random within a frame. */
  readonly startUs?: number;
  readonly exposureUs?: number;
  /** Timestamp noise, standard deviation in us. Default 3. */
  readonly noiseUs?: number;
  /** Share of frames that never arrive. */
  readonly drop?: number;
  /** Error of this host's wall clock at a true time, in us. */
  readonly clockErrorUs?: (trueUs: number) => number;
}

export interface WorldOptions {
  readonly seed: number;
  readonly server: SimCameraOptions;
  readonly clients: readonly SimCameraOptions[];
  readonly link?: LinkOptions;
  /** A controller for the server, and one for each client. */
  readonly serverController: () => ServerController;
  readonly clientController: (client: SimCameraOptions) => ClientController;
  /** The server stops at this true time. */
  readonly serverEndsUs?: number;
}

/** A frame as the world knows it: the true time beside what the camera made of it. */
export interface WorldFrame<T> {
  readonly trueUs: number;
  readonly decision: T;
}

interface SimCamera {
  readonly name: string;
  readonly sensor: Sensor;
  readonly options: SimCameraOptions;
  readonly random: Random;
  /** Set while a correction waits to be taken back at the next frame. */
  corrected: boolean;
}

interface Datagram {
  readonly atUs: number;
  readonly client: number;
  readonly bytes: Uint8Array;
  readonly from: string;
}

/**
 * One server and any number of clients in virtual time, from one seed: sensors, stamps, clocks, links and the same sync
 * machines that run live.
 */
export class World {
  private readonly options: WorldOptions;
  private readonly server: SimCamera;
  private readonly clients: (SimCamera & { sync: SyncClient; link: Link })[];
  private readonly serverSync: SyncServer;
  /** Datagrams under way, the next to arrive last. */
  private readonly inFlight: Datagram[] = [];
  private unsorted = false;
  nowUs = 0;

  /** Called for every frame that reaches its application. */
  onServerFrame: (frame: WorldFrame<ServerFrame>) => void = () => {};
  onClientFrame: (client: number, frame: WorldFrame<ClientFrame>) => void = () => {};

  constructor(options: WorldOptions) {
    this.options = options;
    const camera = (name: string, seed: number, given: SimCameraOptions): SimCamera => {
      const random = new Random(options.seed * 1009 + seed);
      const { mode, ppm, frameUs, exposureUs = 1000, startUs = random.between(0, frameUs) } = given;
      const sensor = new Sensor({ mode, frameUs, exposureUs, ppm, random, startUs });
      return { name, sensor, options: given, random, corrected: false };
    };
    this.server = camera('server', 0, options.server);
    this.serverSync = new SyncServer(options.serverController(), options.server.frameUs);
    this.clients = options.clients.map((given, i) => ({
      ...camera(`client${i}`, i + 1, given),
      sync: new SyncClient(options.clientController(given), given.frameUs),
      link: new Link(options.link ?? {}, new Random(options.seed * 2003 + i)),
    }));
  }

  client(i: number): SyncClient {
    return (this.clients[i] as { sync: SyncClient }).sync;
  }

  /** Sends any datagram to a client, as if from the network. */
  inject(client: number, atUs: number, bytes: Uint8Array, from: string): void {
    this.inFlight.push({ atUs, client, bytes, from });
    this.unsorted = true;
  }

  /** Lets virtual time run up to `untilUs`. */
  run(untilUs: number): void {
    for (;;) {
      const camera = this.nextCamera();
      const deliveredUs = camera.sensor.upcomingUs + readoutUs(camera.sensor.mode);
      if (deliveredUs > untilUs) break;
      this.deliver(deliveredUs);
      this.nowUs = deliveredUs;
      this.frame(camera);
    }
    this.deliver(untilUs);
    this.nowUs = untilUs;
  }

  private nextCamera(): SimCamera {
    const end = this.options.serverEndsUs ?? Number.POSITIVE_INFINITY;
    const alive = this.server.sensor.upcomingUs < end ? [this.server, ...this.clients] : this.clients;
    const due = (camera: SimCamera) => camera.sensor.upcomingUs + readoutUs(camera.sensor.mode);
    return alive.reduce((first, camera) => (due(camera) < due(first) ? camera : first));
  }

  private deliver(untilUs: number): void {
    if (this.unsorted) this.inFlight.sort((a, b) => b.atUs - a.atUs);
    this.unsorted = false;
    while ((this.inFlight.at(-1)?.atUs ?? Number.POSITIVE_INFINITY) <= untilUs) {
      const { atUs, client, bytes, from } = this.inFlight.pop() as Datagram;
      const camera = this.clients[client];
      if (camera) camera.sync.receive(bytes, from, this.wall(camera, atUs));
    }
  }

  private frame(camera: SimCamera): void {
    const { sensor, options, random } = camera;
    const { readoutUs: trueUs } = sensor.next();
    if (camera.corrected) {
      sensor.setFrameDuration(options.frameUs);
      camera.corrected = false;
    }
    if (random.chance(options.drop ?? 0)) return;
    const stampUs = trueUs + (options.noiseUs ?? 3) * random.gauss();
    const wall = this.wall(camera, stampUs);
    const client = this.clients.find((candidate) => candidate === camera);
    if (client === undefined) {
      const decision = this.serverSync.frame(wall, bootUs(stampUs));
      if (decision.send) this.send(decision.send);
      this.onServerFrame({ trueUs, decision });
      return;
    }
    const decision = client.sync.frame(wall, bootUs(stampUs));
    if (decision.correctionUs !== 0) {
      sensor.setFrameDuration(options.frameUs - decision.correctionUs);
      camera.corrected = true;
    }
    this.onClientFrame(this.clients.indexOf(client), { trueUs, decision });
  }

  private send(bytes: Uint8Array): void {
    for (const [client, { link }] of this.clients.entries()) {
      for (const atUs of link.arrivals(this.nowUs)) this.inject(client, atUs, bytes, 'server');
    }
  }

  private wall(camera: SimCamera, trueUs: number): number {
    return EPOCH_US + trueUs + (camera.options.clockErrorUs?.(trueUs) ?? 0);
  }
}

/** Frame duration that a mode has at a rate: whole lines, in us. */
export const modeFrameUs = (mode: SensorMode, askedUs: number): number => linesFor(mode, askedUs) * mode.lineUs;

/** From a frame's timestamp to its delivery: the readout of all rows, in us. */
const readoutUs = (mode: SensorMode): number => mode.height * mode.lineUs;
