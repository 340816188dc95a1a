import type { HostChannel } from '../../hosts/control/bus.ts';
import { ALIVE_MS, type FromHold, readToHold, type ToHold } from '../hosts/hold-messages.ts';

/** Who holds a host and says nothing for so long does not any more, in ms. */
const SILENT_MS = 8 * ALIVE_MS;

/** One end of the channel on which somebody on another host, or on this one, holds this host for a take. */
export class AgentHold {
  private readonly channel: HostChannel;
  private readonly onOver: () => void;
  private silent: NodeJS.Timeout | undefined;
  private held = false;
  private over = false;

  /**
   * @param onHold is to hold the host; what it throws is why that can't be.
   * @param onOver nobody holds it any more; called once, where it was held.
   */
  constructor(
    channel: HostChannel,
    onHold: (hold: ToHold & { kind: 'hold' }, tell: (message: FromHold) => void) => void,
    onOver: () => void,
  ) {
    this.channel = channel;
    this.onOver = onOver;
    channel.onMessage((given) => {
      const message = readToHold(given);
      if (message === undefined || this.over) return;
      this.listen();
      if (message.kind !== 'hold' || this.held) return;
      try {
        onHold(message, (told) => !this.over && channel.send(told));
        this.held = true;
        channel.send({ kind: 'held' } satisfies FromHold);
      } catch (error) {
        channel.send({ kind: 'refused', message: (error as Error).message } satisfies FromHold);
      }
    });
    channel.onLost(() => this.end());
  }

  /** Nobody holds the host any more. */
  end(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.silent);
    if (this.held) this.onOver();
  }

  private listen(): void {
    clearTimeout(this.silent);
    this.silent = setTimeout(() => {
      this.channel.close();
      this.end();
    }, SILENT_MS);
  }
}
