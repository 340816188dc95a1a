import { Random } from '../sensor/random.ts';
import { Sensor } from '../sensor/sensor.ts';
import { linesFor, type SensorMode } from '../sensor/sensor-models.ts';
import type { ClientFrame, ClientNotice } from '../sync/client.ts';
import { SYNC_DEFAULTS } from '../sync/controller.ts';
import type { ClientMachine, ServerMachine } from '../sync/machine.ts';
import type { RecordingChange } from '../sync/recording-change.ts';
import type { ServerFrame } from '../sync/server.ts';
import { type BootUs, bootUs } from '../time/units.ts';
import { bootOf, type HostClocks, hostClocks, wallErrorOf } from './host-clocks.ts';
import { type AnsweringHost, HostExchange, type HostExchangeOptions } from './host-exchange.ts';
import { Link, type LinkOptions } from './link.ts';
import { type GridOptions, SimGrid } from './sim-grid.ts';
import { StandBy, type StandByOptions } from './stand-by.ts';
import { Stranger, type StrangerOptions } from './stranger.ts';

/** Wall clock of true time 0, in us: any date will do. */
const EPOCH_US = 1_700_000_000_000_000;

/** A simulated camera and its host. */
export interface SimCameraOptions {
  /** The sensor's mode. */
  readonly mode: SensorMode;
  /** Error of its crystal, in ppm; positive runs fast. */
  readonly ppm: number;
  /** Frame duration asked for, in us. */
  readonly frameUs: number;
  /** True time of the first frame. Default: random within a frame. */
  readonly startUs?: number;
  /** How long frames are exposed, in us. Default 1000. */
  readonly exposureUs?: number;
  /** Timestamp noise, standard deviation in us. Default 3. */
  readonly noiseUs?: number;
  /** Share of timestamps that come late, and by how much, in us. */
  readonly outliers?: { readonly share: number; readonly lateUs: readonly [number, number] };
  /** Share of frames that never arrive. */
  readonly drop?: number;
  /** How late a client's process gets to work on a frame, in us: any time between these. Default: at once. */
  readonly lateUs?: readonly [number, number];
  /** What this host's wall clock is set by, stepped or slewed, up to a true time, in us. */
  readonly clockErrorUs?: (trueUs: number) => number;
  /** The clocks of this host. Default: up for some days, and a wall clock that is right. */
  readonly host?: Partial<HostClocks>;
}

/**
 * A run of the server: a sensor and a machine of its own, and, where it is another host or the same one after a reboot,
 * clocks of its own.
 */
export interface ServerRun {
  /** True time of its beginning, in us. */
  readonly startUs: number;
  /** True time of its end, in us. */
  readonly endUs: number;
  /** The clocks of its host. Default: those of the world's server. */
  readonly host?: Partial<HostClocks>;
  /** What its host's wall clock is set by at a true time, in us. Default: that of the world's server. */
  readonly clockErrorUs?: (trueUs: number) => number;
  /** Names the run, 16 hex digits. Default: one for all runs of a world. */
  readonly session?: string;
}

/** A world in virtual time: a server, clients, and the network between them. */
export interface WorldOptions {
  /** All chance in it comes from here: the same seed gives the same world. */
  readonly seed: number;
  /** The server's camera and host. */
  readonly server: SimCameraOptions;
  /** The clients' cameras and hosts. */
  readonly clients: readonly SimCameraOptions[];
  /** The network between them. Default: one without faults. */
  readonly link?: LinkOptions;
  /** The server, made anew for each of its runs; and each client. */
  readonly serverMachine: (run: ServerRun, hostId: string | undefined) => ServerMachine;
  /** The hosts exchange times, and clients read messages by that; each run of the server is a run of its host. */
  readonly exchange?: HostExchangeOptions | undefined;
  /** The machine of each client. */
  readonly clientMachine: (client: SimCameraOptions) => ClientMachine;
  /**
   * When the server runs, in true time: each run begins with a sensor and a machine of its own. Default: once, for
   * ever.
   */
  readonly serverRuns?: readonly ServerRun[];
  /** Servers without a camera, in place of the one that has one. */
  readonly grid?: GridOptions | undefined;
  /** Somebody else on the network. */
  readonly stranger?: StrangerOptions | undefined;
  /** What the server is asked for, the earliest first. */
  readonly asks?: readonly Ask[];
  /** The server's process dies, and its word is carried on by another one of its host. */
  readonly standBy?: StandByOptions | undefined;
}

/** Somebody asks the server for a change of the recording, at a true time. */
export interface Ask {
  /** When, in true time, in us. */
  readonly atUs: number;
  /** What is asked for. */
  readonly kind: RecordingChange['kind'];
}

/**
 * A frame as the world knows it: the true time beside what the camera made of it. Good until the camera's next frame:
 * what is kept of it is copied.
 */
export interface WorldFrame<T> {
  /** When it was captured, in true time, in us. */
  readonly trueUs: number;
  /** What its machine made of it. */
  readonly decision: T;
  /** Which of the server's runs this is of: on a client, the one that it follows; undefined where it has heard none. */
  readonly run: number | undefined;
  /**
   * On a client: how far its frames are behind the server's true ones where both are at the same place by their hosts'
   * clocks, as those stood when the server was met, in us.
   */
  readonly relationUs?: number;
  /**
   * On a client whose host exchanges times with the server's: what that host's clock is read off by, and what it is
   * stated to be at most, in us; undefined as long as it is not read.
   */
  readonly clock?: { readonly errorUs: number; readonly boundUs: number } | undefined;
}

interface Datagram {
  readonly atUs: number;
  readonly bytes: Uint8Array;
  readonly from: string;
  /** Of which of the server's runs; undefined where it is a stranger's. */
  readonly run?: ServedRun;
  /**
   * What the server's clock was set by at the frame that it is of: all that a client can know of that clock is what the
   * message says.
   */
  readonly set?: ClockSet;
}

/** What a clock was set by up to a true time, both in us. */
interface ClockSet {
  readonly atUs: number;
  readonly us: number;
}

/** A run of the server as its messages carry it along. */
interface ServedRun {
  readonly number: number;
  readonly camera: SimCamera;
}

/** A camera of the world: a sensor, its stamps and the wall clock of its host. */
export class SimCamera {
  readonly options: SimCameraOptions;
  readonly sensor: Sensor;
  private readonly random: Random;
  private readonly readoutUs: number;
  private readonly noiseUs: number;
  readonly host: HostClocks;

  constructor(options: SimCameraOptions, random: Random, startUs: number, host: HostClocks) {
    this.host = host;
    const { mode, ppm, frameUs, exposureUs = 1000 } = options;
    this.options = options;
    this.random = random;
    this.sensor = new Sensor({ mode, frameUs, exposureUs, ppm, random, startUs });
    this.readoutUs = mode.height * mode.lineUs;
    this.noiseUs = options.noiseUs ?? 3;
  }

  /** True time at which the next frame reaches its application: when its last row has been read out. */
  get dueUs(): number {
    return this.sensor.upcomingUs + this.readoutUs;
  }

  dropped(): boolean {
    const { drop } = this.options;
    return drop !== undefined && this.random.chance(drop);
  }

  /** When the process gets to work on a frame that came in at a true time. */
  wakeUs(inUs: number): number {
    const { lateUs } = this.options;
    return lateUs === undefined ? inUs : inUs + this.random.between(...lateUs);
  }

  /** From a frame's first row to its last, in us. */
  get rowsUs(): number {
    return this.readoutUs;
  }

  /** The stamp of a frame, in true time. */
  stamp(trueUs: number): number {
    const { outliers } = this.options;
    const late =
      outliers !== undefined && this.random.chance(outliers.share) ? this.random.between(...outliers.lateUs) : 0;
    return trueUs + this.noiseUs * this.random.gauss() + late;
  }

  wall(trueUs: number): number {
    return EPOCH_US + trueUs + this.driftUs(trueUs) + this.setUs(trueUs);
  }

  /** What the wall clock is off by itself, and what it was set by, in us. */
  driftUs(trueUs: number): number {
    return wallErrorOf(this.host, trueUs);
  }

  setUs(trueUs: number): number {
    return this.options.clockErrorUs?.(trueUs) ?? 0;
  }

  setAt(trueUs: number): ClockSet {
    return { atUs: trueUs, us: this.setUs(trueUs) };
  }

  get bootRate(): number {
    return 1 + this.host.bootPpm * 1e-6;
  }

  boot(trueUs: number): BootUs {
    return bootUs(bootOf(this.host, trueUs));
  }
}

/**
 * One server and any number of clients in virtual time, from one seed: sensors, stamps, clocks, links and the same sync
 * machines that run live. Clients hear the server and nobody hears them, so each lives through its time by itself.
 */
export class World {
  private readonly options: WorldOptions;
  private readonly serverRandom: Random;
  private server: { served: ServedRun; machine: ServerMachine; endUs: number } | undefined;
  private runs: ServerRun[];
  private runNumber = -1;
  private readonly hosts: { readonly startUs: number; readonly endUs: number; readonly host: AnsweringHost }[] = [];
  private readonly stranger: Stranger | undefined;
  private readonly asks: Ask[];
  private readonly clients: SimClient[];
  private standBy: StandBy | undefined;
  private readonly grids: { readonly grid: SimGrid; readonly served: ServedRun }[];

  /** Called for every frame that reaches its application; the server's first, then client by client. */
  onServerFrame: (frame: WorldFrame<ServerFrame>) => void = () => {};
  /** Told of each frame of each client, by its place among them. */
  onClientFrame: (client: number, frame: WorldFrame<ClientFrame>) => void = () => {};
  /** Called for every message that a client takes, with the true time at which it came in. */
  onMessage: (client: number, trueUs: number) => void = () => {};

  constructor(options: WorldOptions) {
    this.options = options;
    this.serverRandom = new Random(options.seed * 1009);
    const { server } = options;
    const startUs = server.startUs ?? this.serverRandom.between(0, server.frameUs);
    this.runs = [...(options.serverRuns ?? [{ startUs, endUs: Number.POSITIVE_INFINITY }])];
    this.asks = [...(options.asks ?? [])];
    if (options.stranger !== undefined) this.stranger = new Stranger(options.stranger, new Random(options.seed * 4001));
    this.clients = options.clients.map((given, i) => {
      const random = new Random(options.seed * 1009 + i + 1);
      const startUs = given.startUs ?? random.between(0, given.frameUs);
      const camera = new SimCamera(given, random, startUs, hostClocks(options.seed, i + 1, given.host));
      const link = new Link(options.link ?? {}, new Random(options.seed * 2003 + i));
      const exchange =
        options.exchange &&
        new HostExchange(options.exchange, camera.host, new Random(options.seed * 8009 + i), (us) => this.hostAt(us));
      const onMessage = (trueUs: number): void => this.onMessage(i, trueUs);
      return new SimClient(camera, link, options.clientMachine(given), onMessage, exchange);
    });
    this.grids = (options.grid?.hosts ?? []).map((host, i) => this.makeGrid(options.grid as GridOptions, host, i));
  }

  /** The machine of client `i`. */
  client(i: number): ClientMachine {
    return (this.clients[i] as SimClient).machine;
  }

  /** Sends any datagram to a client, as if from the network. */
  inject(client: number, atUs: number, bytes: Uint8Array, from: string): void {
    this.clients[client]?.arrive({ atUs, bytes, from });
  }

  /** Lets virtual time run up to `untilUs`; the server, who hears nobody, may be let ahead. */
  run(untilUs: number, serverUntilUs = untilUs): void {
    if (this.grids.length > 0) this.runGrids(serverUntilUs);
    else this.runServer(serverUntilUs);
    for (const [i, client] of this.clients.entries()) client.run(untilUs, (frame) => this.onClientFrame(i, frame));
  }

  private runServer(untilUs: number): void {
    for (;;) {
      this.server ??= this.nextServer();
      if (this.server === undefined) return;
      const { served, machine, endUs } = this.server;
      const { camera } = served;
      while (camera.sensor.upcomingUs < endUs && camera.dueUs <= untilUs) this.serverFrame(served, machine);
      if (camera.sensor.upcomingUs < endUs) return;
      this.server = undefined;
    }
  }

  private makeGrid(grid: GridOptions, host: Partial<HostClocks>, i: number) {
    const { seed, server } = this.options;
    const random = new Random(seed * 6007 + i);
    const camera = new SimCamera(server, random, 0, hostClocks(seed, -i, host));
    const session = (i + 1).toString(16).padStart(16, '0');
    return {
      served: { number: i, camera },
      grid: new SimGrid(grid, camera, random, session, SYNC_DEFAULTS.readyFrame),
    };
  }

  /** The first of them is told of; all others shall be as it is. */
  private runGrids(untilUs: number): void {
    for (const [i, { grid, served }] of this.grids.entries()) {
      const clients = this.clients.filter((_, client) => client % this.grids.length === i);
      grid.run(untilUs, (trueUs, decision, wokenUs) => {
        const { send } = decision;
        const set = served.camera.setAt(trueUs);
        if (send !== undefined) for (const client of clients) client.send(wokenUs, send, served, set);
        if (i === 0) this.onServerFrame({ trueUs, decision, run: 0 });
      });
    }
  }

  /** The server's host that answers at a true time: of the last run that has begun, unless that is over. */
  private hostAt(trueUs: number): AnsweringHost | undefined {
    return this.hosts.find(({ startUs, endUs }) => startUs <= trueUs && trueUs < endUs)?.host;
  }

  private nextServer(): { served: ServedRun; machine: ServerMachine; endUs: number } | undefined {
    const run = this.runs.shift();
    if (run === undefined) return undefined;
    this.runNumber++;
    const { standBy, seed, server } = this.options;
    const { clockErrorUs } = run;
    const given = clockErrorUs === undefined ? server : { ...server, clockErrorUs };
    const clocks = hostClocks(seed, run.host === undefined ? 0 : -this.runNumber, run.host ?? server.host);
    const camera = new SimCamera(given, this.serverRandom, run.startUs, clocks);
    if (standBy !== undefined) this.standBy ??= new StandBy(standBy, new Random(seed * 3001), camera);
    const served = { number: this.runNumber, camera };
    const hostId = this.options.exchange && (this.runNumber + 1).toString(16).padStart(16, '0');
    if (hostId !== undefined) {
      this.hosts.push({ startUs: this.runNumber === 0 ? 0 : run.startUs, endUs: run.endUs, host: { hostId, clocks } });
    }
    return { served, machine: this.options.serverMachine(run, hostId), endUs: run.endUs };
  }

  private serverFrame(served: ServedRun, machine: ServerMachine): void {
    const { camera, number: run } = served;
    const sentUs = camera.dueUs;
    camera.sensor.advance();
    const { readoutUs: trueUs } = camera.sensor;
    while ((this.asks[0]?.atUs ?? Number.POSITIVE_INFINITY) <= sentUs) machine.change((this.asks.shift() as Ask).kind);
    if (camera.dropped()) return;
    const stampUs = camera.stamp(trueUs);
    const decision = machine.frame(camera.wall(stampUs), camera.boot(stampUs));
    this.send(sentUs, decision.send, served, camera.setAt(stampUs));
    this.onServerFrame({ trueUs, decision, run });
  }

  private send(sentUs: number, bytes: Uint8Array | undefined, served: ServedRun, set: ClockSet): void {
    const { standBy, stranger } = this;
    if (bytes !== undefined && sentUs < (standBy?.options.fromUs ?? Number.POSITIVE_INFINITY)) {
      for (const client of this.clients) client.send(sentUs, bytes, served, set);
      standBy?.update(sentUs, bytes);
      for (const said of stranger?.says(sentUs, bytes, `server${served.number}`) ?? []) {
        for (const client of this.clients) client.arrive({ ...said, ...(said.posing && { run: served, set }) });
      }
    }
    for (const said of standBy?.says(sentUs) ?? []) {
      for (const client of this.clients) client.send(said.sentUs, said.bytes, served, served.camera.setAt(said.sentUs));
    }
  }
}

/** A frame that its camera's process has not got to yet. */
interface BegunFrame {
  readonly readoutUs: number;
  readonly lines: number;
}

interface Heard {
  readonly run: ServedRun | undefined;
  readonly set: ClockSet;
  readonly lastSet: ClockSet | undefined;
}

/** A client, its link and what is under way to it. */
class SimClient {
  readonly machine: ClientMachine;
  private readonly camera: SimCamera;
  private readonly link: Link;
  /** Datagrams under way, the next to arrive last. */
  private readonly inFlight: Datagram[] = [];
  private unsorted = false;
  /** Frames that have begun before the process got to them, the earliest first. */
  private readonly begun: BegunFrame[] = [];
  /** When the process that is late last got to a frame, and when it gets to the next one, in true time, in us. */
  private wokeUs = 0;
  private wakesUs: number | undefined;
  /** Set while a correction waits to be taken back at the next frame. */
  private corrected = false;
  private readonly onMessage: (trueUs: number) => void;
  /** The last frame: one object for all of them. */
  private seen: { -readonly [K in keyof WorldFrame<ClientFrame>]: WorldFrame<ClientFrame>[K] } | undefined;
  /**
   * The first message since the last frame: of which run, what the server's clock was set by, and what it was set by in
   * the message before.
   */
  private heard: Heard | undefined;
  /**
   * The run that is followed; what the last message tells of its clock; what both clocks differed by when it was met,
   * for they had been set.
   */
  private followed: ServedRun | undefined;
  private lastSet: ClockSet | undefined;
  private metUs = 0;
  /** It listens while its camera runs: what the server sends before is not heard. */
  private readonly listensFromUs: number;

  private readonly exchange: HostExchange | undefined;

  constructor(
    camera: SimCamera,
    link: Link,
    machine: ClientMachine,
    onMessage: (trueUs: number) => void,
    exchange?: HostExchange,
  ) {
    this.exchange = exchange;
    this.camera = camera;
    this.link = link;
    this.machine = machine;
    this.onMessage = onMessage;
    this.listensFromUs = camera.sensor.upcomingUs;
  }

  send(sentUs: number, bytes: Uint8Array, run: ServedRun, set: ClockSet): void {
    for (const atUs of this.link.arrivals(sentUs)) this.arrive({ atUs, bytes, from: `server${run.number}`, run, set });
  }

  arrive(datagram: Datagram): void {
    if (datagram.atUs < this.listensFromUs) return;
    this.inFlight.push(datagram);
    this.unsorted = true;
  }

  run(untilUs: number, onFrame: (frame: WorldFrame<ClientFrame>) => void): void {
    const { camera } = this;
    const { sensor } = camera;
    if (camera.options.lateUs !== undefined) this.runLate(untilUs, onFrame);
    else {
      for (let dueUs = camera.dueUs; dueUs <= untilUs; dueUs = camera.dueUs) {
        this.deliver(dueUs);
        sensor.advance();
        this.frame(sensor.readoutUs, sensor.frameLines, onFrame);
      }
    }
    this.deliver(untilUs);
  }

  /** A process that is late: the sensor goes on meanwhile, and what is written comes when it comes. */
  private runLate(untilUs: number, onFrame: (frame: WorldFrame<ClientFrame>) => void): void {
    const { camera, begun } = this;
    const { sensor } = camera;
    for (;;) {
      const dueUs = begun[0] === undefined ? camera.dueUs : begun[0].readoutUs + camera.rowsUs;
      this.wakesUs ??= camera.wakeUs(Math.max(dueUs, this.wokeUs));
      if (this.wakesUs > untilUs) return;
      this.wokeUs = this.wakesUs;
      this.wakesUs = undefined;
      while (sensor.upcomingUs <= this.wokeUs) {
        sensor.advance();
        begun.push({ readoutUs: sensor.readoutUs, lines: sensor.frameLines });
      }
      this.deliver(this.wokeUs);
      const { readoutUs, lines } = begun.shift() as BegunFrame;
      this.frame(readoutUs, lines, onFrame);
    }
  }

  private deliver(untilUs: number): void {
    const { inFlight } = this;
    if (this.unsorted) inFlight.sort((a, b) => b.atUs - a.atUs);
    this.unsorted = false;
    for (let next = inFlight.at(-1); next !== undefined && next.atUs <= untilUs; next = inFlight.at(-1)) {
      inFlight.pop();
      const { camera } = this;
      const wallUs = camera.wall(next.atUs);
      const bytes = this.exchange === undefined ? next.bytes : this.exchange.bring(next.bytes, wallUs, next.atUs);
      if (bytes === undefined) continue;
      const refused = this.machine.receive(bytes, next.from, wallUs, camera.boot(next.atUs));
      if (refused !== undefined) continue;
      const { lastSet } = this;
      const set = next.set ?? { atUs: next.atUs, us: 0 };
      // Of several messages that wait for a frame, the first is the one that a server is met by.
      this.heard ??= { run: next.run, set, lastSet };
      this.lastSet = set;
      this.onMessage(next.atUs);
    }
  }

  private frame(trueUs: number, lines: number, onFrame: (frame: WorldFrame<ClientFrame>) => void): void {
    const { camera } = this;
    const { sensor, options } = camera;
    if (this.corrected) sensor.setFrameDuration(options.frameUs);
    this.corrected = false;
    if (camera.dropped()) return;
    const stampUs = camera.stamp(trueUs);
    const decision = this.machine.frame(camera.wall(stampUs), camera.boot(stampUs), lines * sensor.mode.lineUs);
    if (decision.durationUs !== undefined) {
      sensor.setFrameDuration(decision.durationUs);
    } else if (decision.correctionUs !== 0) {
      sensor.setFrameDuration(options.frameUs - decision.correctionUs);
      this.corrected = true;
    }
    if (decision.notices.some(acquires)) this.acquire(trueUs);
    this.heard = undefined;
    const followed = this.followed?.camera;
    const relationUs =
      followed === undefined || this.exchange !== undefined
        ? 0
        : followed.driftUs(trueUs) - camera.driftUs(trueUs) + this.metUs;
    this.seen ??= { trueUs, decision, run: undefined, relationUs };
    this.seen.trueUs = trueUs;
    this.seen.decision = decision;
    this.seen.run = this.followed?.number;
    this.seen.relationUs = relationUs;
    if (this.exchange !== undefined) this.seen.clock = this.exchange.reading(trueUs);
    onFrame(this.seen);
  }

  /**
   * The client meets a server: from here on the clocks count as they are, unless it is the one that it knows and nobody
   * set a clock meanwhile.
   */
  private acquire(trueUs: number): void {
    const { heard, camera } = this;
    if (heard === undefined) return;
    const { run, set, lastSet } = heard;
    const same =
      run === this.followed &&
      lastSet !== undefined &&
      Math.abs(set.us - lastSet.us) <= SAME_CLOCK_US + SAME_CLOCK_RATE * (set.atUs - lastSet.atUs);
    this.followed = run;
    if (!same) this.metUs = set.us - camera.setUs(trueUs);
  }
}

/**
 * A clock that was set by less than this between two messages is the same clock still: in us, and a share of the time
 * between them.
 */
const SAME_CLOCK_US = 15;
const SAME_CLOCK_RATE = 600e-6;

const acquires = (notice: ClientNotice): boolean =>
  notice.kind === 'server' || (notice.kind === 'regrid' && notice.reason === 'restart');

/** Frame duration that a mode has at a rate: whole lines, in us. */
export const modeFrameUs = (mode: SensorMode, askedUs: number): number => linesFor(mode, askedUs) * mode.lineUs;
