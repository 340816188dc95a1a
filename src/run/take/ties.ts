import { randomBytes } from 'node:crypto';
import { isStock } from '../../camera/backends.ts';
import { lateStart } from '../../rpicam/late-start.ts';
import { periodUs } from '../../time/frame-rate.ts';
import type { TakeTie } from '../camera/ipc.ts';
import { nameOf } from '../files/folder.ts';
import type { TakeOptions } from '../plan/options.ts';

/** What ties the cameras of a take to each other. */
export class TakeTies {
  private readonly name: string;
  /**
   * Names this take among all that send on its network. Undefined where the server is a stock camera, which has no
   * session.
   */
  readonly session: string | undefined;
  /**
   * Frames that the take begins behind what its stock cameras tell or are told. One of stock cameras alone finds its
   * beginning in the files.
   */
  readonly lateFrames: number;
  /**
   * True where the recording begins once all are locked, and all of them are heard: none can miss the beginning.
   */
  readonly beginOnceLocked: boolean;
  /** `record` is the server of the take, and all cameras follow. */
  readonly recordLeads: boolean;
  private readonly channel: boolean;

  /**
   * @param recordLeads `record` is the server, and all cameras follow.
   * @param steers whether a stock camera is steered: of others nothing tells before the beginning how far they are.
   */
  constructor(
    options: Pick<TakeOptions, 'folder' | 'specs' | 'frameRate' | 'readyFrames' | 'controller'>,
    recordLeads = false,
    steers: (spec: string) => boolean = () => false,
  ) {
    this.name = nameOf(options.folder);
    const { specs, frameRate, readyFrames, controller } = options;
    const anyStock = specs.some(isStock);
    this.recordLeads = recordLeads;
    this.session = !recordLeads && specs.slice(0, 1).some(isStock) ? undefined : randomBytes(8).toString('hex');
    this.lateFrames = anyStock && !specs.every(isStock) ? lateStart(periodUs(frameRate)) : 0;
    this.beginOnceLocked = readyFrames === undefined && specs.every((spec) => !isStock(spec) || steers(spec));
    this.channel = readyFrames === undefined && !anyStock && !recordLeads && controller === 'tracking';
  }

  /**
   * What the process of one of our own cameras is told.
   * @param stockPort The UDP port of the take's stock cameras, where it has any.
   * @param hostId names this host where the take has cameras on others: then messages are signed.
   */
  ofProcess(stockPort: number | undefined, hostId?: string): TakeTie {
    const { name, session, lateFrames, channel } = this;
    const alsoPort = session === undefined ? undefined : stockPort;
    const also = { ...(alsoPort !== undefined && { alsoPort }), ...(hostId !== undefined && { hostId, signed: true }) };
    return { name, session, lateFrames, channel, ...also };
  }
}
