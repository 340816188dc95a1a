import { OptionError } from '../../errors.ts';
import type { HostChannel } from '../../hosts/control/bus.ts';
import type { CameraExit, CameraLink } from '../camera/camera-link.ts';
import { failedBy } from '../camera/supervised.ts';
import { type CameraOrder, readCameraOrder } from '../hosts/camera-order.ts';
import { type FromAgent, readToAgent } from '../hosts/messages.ts';

/** The process of a camera that goes on by itself once it is let go of. */
export interface LocalCamera extends CameraLink {
  /** Has it go on to the end that was agreed, as if whoever started it were gone. */
  release(): void;
}

/**
 * One process of a camera on this host, for somebody on another: what it tells goes over the channel, and what comes
 * from there is told to it. Where the channel is lost, it goes on to the end that was agreed.
 */
export class AgentCamera {
  /** Resolves when there is no process any more. */
  readonly ended: Promise<void>;
  private readonly channel: HostChannel;
  private readonly start: (order: CameraOrder) => Promise<LocalCamera>;
  private camera: LocalCamera | undefined;
  /** Nobody asks any more: nothing is started. */
  private left = false;
  /** What comes is done in its order, also while the process is being started. */
  private doing: Promise<void> = Promise.resolve();
  private end: () => void = () => {};

  /** @param start what runs an order here; where it throws, the order is refused. */
  constructor(channel: HostChannel, start: (order: CameraOrder) => Promise<LocalCamera>) {
    this.channel = channel;
    this.start = start;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    channel.onMessage((message) => {
      this.doing = this.doing.then(() => this.hear(message));
    });
    channel.onLost(() => this.release());
  }

  /** Whoever asks is gone, or this agent goes: a process that runs goes on to its end by itself. */
  release(): void {
    this.camera?.release();
    this.giveUp();
  }

  /** Starts nothing from here on; a process that runs goes on. */
  giveUp(): void {
    this.left = true;
    this.doing = this.doing.then(() => {
      if (this.camera === undefined) this.end();
    });
  }

  private async hear(given: unknown): Promise<void> {
    const message = readToAgent(given);
    if (message === undefined) return;
    if (this.camera !== undefined) {
      if (message.kind === 'kill') this.camera.kill();
      else if (message.kind !== 'run') this.camera.send(message);
      return;
    }
    if (message.kind !== 'run' || this.left) return;
    try {
      const camera = await this.start(readCameraOrder(message.order));
      this.run(camera);
    } catch (error) {
      // A folder of this host is no option of whoever asks.
      const { fault, ...failed } = failedBy(error);
      const own = error instanceof OptionError && error.option === 'output';
      this.tell({ kind: 'failed', ...failed, ...(!own && fault && { fault }) });
      this.over({ clean: false, words: failed.message });
    }
  }

  private run(camera: LocalCamera): void {
    this.camera = camera;
    camera.onMessage((message) => {
      // That it lives is looked after here.
      if (message.kind !== 'alive') this.tell(message);
    });
    camera.onExit((exit) => this.over(exit));
    if (this.left) camera.release();
  }

  private over(exit: CameraExit): void {
    this.left = true;
    this.tell({ kind: 'exit', exit });
    this.channel.close();
    this.end();
  }

  private tell(message: FromAgent): void {
    this.channel.send(message);
  }
}
