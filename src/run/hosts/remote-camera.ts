import type { ControlBus, HostChannel } from '../../hosts/control/bus.ts';
import type { CameraExit, CameraLink } from '../camera/camera-link.ts';
import type { FromCamera, ToCamera } from '../camera/ipc.ts';
import type { CameraOrder } from './camera-order.ts';
import { CAMERA_CHANNEL, type FromAgent, isPassed, type ToAgent } from './messages.ts';

/** The process of a camera on another host, whose agent runs it and looks after it. */
export class RemoteCamera implements CameraLink {
  /** None of this machine. */
  readonly pid = undefined;
  private readonly channel: HostChannel;
  private hear: (message: FromCamera) => void = () => {};
  private end: (exit: CameraExit) => void = () => {};

  /**
   * @param host whose agent is to run it.
   * @param order what it is to run; what it refuses is told as what a process fails for.
   */
  constructor(bus: Pick<ControlBus, 'channel'>, host: string, order: CameraOrder) {
    this.channel = bus.channel(host, `${CAMERA_CHANNEL}${order.camera}/${order.run}`);
    this.channel.onMessage((given) => {
      const message = given as FromAgent;
      if (message.kind !== 'exit') this.hear(message);
      else this.over(message.exit);
    });
    this.channel.onLost((reason) => this.lose(reason));
    this.tell({ kind: 'run', order });
  }

  onMessage(listener: (message: FromCamera) => void): void {
    this.hear = listener;
  }

  onExit(listener: (exit: CameraExit) => void): void {
    this.end = listener;
  }

  /** Not of takes in a row, whose files are named by whoever orders them. */
  send(message: ToCamera): void {
    if (isPassed(message)) this.tell(message);
  }

  kill(): void {
    this.tell({ kind: 'kill' });
  }

  /** Nobody waits for it any more: its host is not reached. */
  lose(reason: string): void {
    const words = `lost: ${reason}; what it records goes on there to the end that was agreed`;
    this.over({ clean: false, lost: true, words });
  }

  private over(exit: CameraExit): void {
    this.channel.close();
    const { end } = this;
    this.end = () => {};
    end(exit);
  }

  private tell(message: ToAgent): void {
    this.channel.send(message);
  }
}
