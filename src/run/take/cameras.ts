import { join } from 'node:path';
import { isStock } from '../../camera/backends.ts';
import type { CameraLink } from '../camera/camera-link.ts';
import type { TakeTie } from '../camera/ipc.ts';
import type { Line } from '../camera/notices.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import { cameraOrder } from '../hosts/camera-order.ts';
import { RemoteCamera } from '../hosts/remote-camera.ts';
import { signingMessage } from '../hosts/signing.ts';
import type { TakeHosts } from '../hosts/take-hosts.ts';
import type { TakeCameraEvents, TakeCameraProcess } from '../plan/camera.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { TakeRig } from '../plan/take-rig.ts';
import type { StockCameras } from '../stock/cameras.ts';
import { CameraChain, type Failure } from './camera-chain.ts';
import { CameraProcess } from './camera-process.ts';
import { ForkedCamera } from './forked-camera.ts';
import type { ServerRelay } from './server-relay.ts';
import type { TakeTies } from './ties.ts';
import { vidArguments } from './vid-arguments.ts';

export interface TakeCamerasEvents {
  onSnapshot(): void;
  onLine(name: string, line: Line): void;
  /** Whether a camera that failed is to be started again. */
  mayRestart(number: number, spec: string, failure: Failure): boolean;
  onFailure(number: number, failure: Failure, again: boolean): void;
  /** A camera has a further process, and a further file. */
  onRestarted(): void;
}

/** What a take has besides the processes of its own cameras on this host. */
export interface TakePlaces {
  readonly stock: StockCameras | undefined;
  readonly hosts: TakeHosts | undefined;
}

/** The cameras of a take, the server first. */
export class TakeCameras {
  private readonly ties: TakeTies;
  private readonly relay: ServerRelay;
  private readonly events: TakeCamerasEvents;
  private readonly chains: CameraChain[] = [];
  /** By the cameras' names, the last process of each on another host. */
  private readonly remote = new Map<string, { readonly host: string; readonly link: RemoteCamera }>();

  constructor(ties: TakeTies, relay: ServerRelay, events: TakeCamerasEvents) {
    this.ties = ties;
    this.relay = relay;
    this.events = events;
  }

  /** Those that were started. */
  get all(): readonly CameraChain[] {
    return this.chains;
  }

  get anyRecorded(): boolean {
    return this.chains.some(({ recorded }) => recorded);
  }

  get snapshots(): CameraSnapshot[] {
    return this.chains.flatMap(({ snapshot }) => snapshot ?? []);
  }

  /** Starts the take's camera of this number. */
  start(number: number, options: TakeOptions, { stock, hosts }: TakePlaces): CameraChain {
    const spec = options.specs[number] as string;
    const chain = new CameraChain({
      name: options.names[number] as string,
      spec,
      start: (run) => this.spawn(number, run, options, { stock, hosts }),
      again: (failure) => this.events.mayRestart(number, spec, failure),
      onFailure: (failure, again) => this.events.onFailure(number, failure, again),
    });
    if (number === 0) this.chains.unshift(chain);
    else this.chains.push(chain);
    return chain;
  }

  /** The other host that a camera is on. */
  hostOf(name: string): string | undefined {
    return this.remote.get(name)?.host;
  }

  /** A camera on another host is not waited for any more. */
  lose(name: string, reason: string): void {
    this.remote.get(name)?.link.lose(reason);
  }

  private spawn(number: number, run: number, options: TakeOptions, { stock, hosts }: TakePlaces): TakeCameraProcess {
    const name = options.names[number] as string;
    const spec = options.specs[number] as string;
    const host = options.elsewhere?.[number];
    const events: TakeCameraEvents = {
      onSnapshot: () => this.events.onSnapshot(),
      onLine: (line) => this.events.onLine(name, line),
      onSending: (ports) => this.relay.serverSends(ports),
      onAnnounced: (announcement) => this.relay.serverAnnounced(announcement),
      onHearing: (port) => this.relay.hears(host, port),
    };
    if (run > 0) this.events.onRestarted();
    if (stock !== undefined && isStock(spec)) return stock.start(name, number, run, options, events);
    const base = run === 0 ? name : `${name}-${run + 1}`;
    const part = { file: `${base}.${options.format}`, framesCsv: `${base}.frames.csv` };
    const tie = this.ties.ofProcess(stock?.port, hosts?.hostId);
    const link =
      host === undefined
        ? this.fork(number, run, options, part, { stock, tie })
        : this.order(host, number, run, options, tie);
    const camera = new CameraProcess(name, spec, part, link, events);
    if (host === undefined && hosts !== undefined) camera.tell(signingMessage(hosts.key, run));
    this.relay.add(camera, { host, server: number === 0 && run === 0 && !this.ties.recordLeads });
    return camera;
  }

  private fork(
    number: number,
    run: number,
    options: TakeOptions,
    part: TakeCameraProcess['part'],
    { stock, tie }: Pick<TakePlaces, 'stock'> & { readonly tie: TakeTie },
  ): CameraLink {
    const files = { video: join(options.folder, part.file), framesCsv: join(options.folder, part.framesCsv) };
    // A stock server is heard on the take's own port, if it has one.
    const port = this.ties.session === undefined ? stock?.port : undefined;
    return new ForkedCamera(vidArguments(number, options, files, run > 0, port, this.ties.recordLeads), tie);
  }

  private order(host: string, number: number, run: number, options: TakeOptions, tie: TakeTie): CameraLink {
    const order = cameraOrder(number, run, options, tie, this.ties.recordLeads);
    const link = new RemoteCamera((options.rig as TakeRig).bus, host, order);
    this.remote.set(order.camera, { host, link });
    return link;
  }
}
