import { join } from 'node:path';
import { isStock } from '../../camera/backends.ts';
import type { Line } from '../camera/notices.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import type { TakeCameraEvents, TakeCameraProcess } from '../plan/camera.ts';
import type { TakeOptions } from '../plan/options.ts';
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

/** The cameras of a take, the server first. */
export class TakeCameras {
  private readonly ties: TakeTies;
  private readonly relay: ServerRelay;
  private readonly events: TakeCamerasEvents;
  private readonly chains: CameraChain[] = [];

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
  start(number: number, options: TakeOptions, stock: StockCameras | undefined): CameraChain {
    const spec = options.specs[number] as string;
    const chain = new CameraChain({
      name: options.names[number] as string,
      spec,
      start: (run) => this.spawn(number, run, options, stock),
      again: (failure) => this.events.mayRestart(number, spec, failure),
      onFailure: (failure, again) => this.events.onFailure(number, failure, again),
    });
    if (number === 0) this.chains.unshift(chain);
    else this.chains.push(chain);
    return chain;
  }

  private spawn(number: number, run: number, options: TakeOptions, stock: StockCameras | undefined): TakeCameraProcess {
    const name = options.names[number] as string;
    const spec = options.specs[number] as string;
    const events: TakeCameraEvents = {
      onSnapshot: () => this.events.onSnapshot(),
      onLine: (line) => this.events.onLine(name, line),
      onSending: (ports) => this.relay.serverSends(ports),
      onAnnounced: (announcement) => this.relay.serverAnnounced(announcement),
    };
    if (run > 0) this.events.onRestarted();
    if (stock !== undefined && isStock(spec)) return stock.start(name, number, run, options, events);
    const base = run === 0 ? name : `${name}-${run + 1}`;
    const part = { file: `${base}.${options.format}`, framesCsv: `${base}.frames.csv` };
    const files = { video: join(options.folder, part.file), framesCsv: join(options.folder, part.framesCsv) };
    // A stock server is heard on the take's own port, if it has one.
    const port = this.ties.session === undefined ? stock?.port : undefined;
    const args = vidArguments(number, options, files, run > 0, port, this.ties.recordLeads);
    const camera = new CameraProcess(
      name,
      spec,
      part,
      new ForkedCamera(args, this.ties.ofProcess(stock?.port)),
      events,
    );
    this.relay.add(camera);
    return camera;
  }
}
