import { join } from 'node:path';
import { isStock } from '../../camera/backends.ts';
import type { Line } from '../camera/notices.ts';
import type { CameraSnapshot } from '../camera/snapshot.ts';
import { type Announcement, announcementIn } from '../camera/take-filter.ts';
import type { TakeCameraEvents, TakeCameraProcess } from '../plan/camera.ts';
import type { TakeOptions } from '../plan/options.ts';
import type { StockCameras } from '../stock/cameras.ts';
import { CameraChain, type Failure } from './camera-chain.ts';
import { CameraProcess } from './camera-process.ts';
import type { TakeMessages } from './take-messages.ts';
import type { TakeTies } from './ties.ts';
import { vidArguments } from './vid-arguments.ts';

export interface TakeCamerasEvents {
  onSnapshot(): void;
  onLine(name: string, line: Line): void;
  /** Whether a camera that failed is to be started again. */
  mayRestart(number: number, spec: string): boolean;
  onFailure(number: number, failure: Failure, again: boolean): void;
  /** A camera has a further process, and a further file. */
  onRestarted(): void;
}

/**
 * The cameras of a take, the server first. What the server's process tells of itself is passed on to all processes that
 * are ours.
 */
export class TakeCameras {
  private readonly ties: TakeTies;
  private readonly messages: TakeMessages;
  private readonly events: TakeCamerasEvents;
  private readonly chains: CameraChain[] = [];
  /** The processes of our own cameras, those of the dead among them. */
  private readonly own: CameraProcess[] = [];
  private readonly serverPorts: number[] = [];
  private announcement: Announcement | undefined;

  constructor(ties: TakeTies, messages: TakeMessages, events: TakeCamerasEvents) {
    this.ties = ties;
    this.messages = messages;
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

  /** Videos that they write, relative to the take. */
  get files(): string[] {
    return this.chains.map(({ spec, part }) => (isStock(spec) ? part.file.replace(/mp4$/, 'h264') : part.file));
  }

  /** Starts the take's camera of this number. */
  start(number: number, options: TakeOptions, stock: StockCameras | undefined): CameraChain {
    const spec = options.specs[number] as string;
    const chain = new CameraChain({
      name: options.names[number] as string,
      spec,
      start: (run) => this.spawn(number, run, options, stock),
      again: () => this.events.mayRestart(number, spec),
      onFailure: (failure, again) => this.events.onFailure(number, failure, again),
    });
    if (number === 0) this.chains.unshift(chain);
    else this.chains.push(chain);
    return chain;
  }

  /** `record` is the server: it says this of its frames. */
  say(bytes: Uint8Array): void {
    const announcement = announcementIn(bytes);
    if (announcement !== undefined && this.announcement === undefined) this.serverAnnounced(announcement);
    this.messages.say(bytes);
  }

  /** `record` is the server: our own cameras are told by which ports it speaks. */
  recordLeads(): void {
    this.serverSends(this.messages.ports);
  }

  /** Has `record` carry on the word of a server that is gone, from ports of its own. @returns whether it can. */
  takeOver(): boolean {
    const able = this.messages.takeOver();
    if (able) this.serverSends(this.messages.ports);
    return able;
  }

  private spawn(number: number, run: number, options: TakeOptions, stock: StockCameras | undefined): TakeCameraProcess {
    const name = options.names[number] as string;
    const spec = options.specs[number] as string;
    const events: TakeCameraEvents = {
      onSnapshot: () => this.events.onSnapshot(),
      onLine: (line) => this.events.onLine(name, line),
      onSending: (ports) => this.serverSends(ports),
      onAnnounced: (announcement) => this.serverAnnounced(announcement),
    };
    if (run > 0) this.events.onRestarted();
    if (stock !== undefined && isStock(spec)) return stock.start(name, number, run, options, events);
    const base = run === 0 ? name : `${name}-${run + 1}`;
    const part = { file: `${base}.${options.format}`, framesCsv: `${base}.frames.csv` };
    const files = { video: join(options.folder, part.file), framesCsv: join(options.folder, part.framesCsv) };
    // A stock server is heard on the take's own port, if it has one.
    const port = this.ties.session === undefined ? stock?.port : undefined;
    const args = vidArguments(number, options, files, run > 0, port, this.ties.recordLeads);
    const camera = new CameraProcess(name, spec, part, args, this.ties.ofProcess(stock?.port), events);
    this.own.push(camera);
    camera.serverSends(this.serverPorts);
    if (this.announcement !== undefined) camera.serverAnnounced(this.announcement);
    return camera;
  }

  private serverSends(ports: readonly number[]): void {
    this.serverPorts.push(...ports.filter((port) => !this.serverPorts.includes(port)));
    this.messages.gate.sending(ports);
    for (const camera of this.own) camera.serverSends(ports);
  }

  private serverAnnounced(announcement: Announcement): void {
    this.announcement = announcement;
    this.messages.gate.announce(announcement);
    for (const camera of this.own) camera.serverAnnounced(announcement);
  }
}
