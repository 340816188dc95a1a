import type { ControlBus, HostChannel } from '../../hosts/control/bus.ts';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';
import { ALIVE_MS, type ClockHost, type FromHold, HOLD_CHANNEL, type ToHold } from './hold-messages.ts';

/** A host that is held for a take: whoever asks for another one there is told of this. */
export class HeldHost {
  readonly host: string;
  /** `asked` until it answers. */
  state: 'asked' | 'held' | 'refused' = 'asked';
  /** Why it can't be had, where it is `refused`. */
  refusal: string | undefined;
  private readonly offsets = new Map<string, HostOffset>();
  private readonly bus: Pick<ControlBus, 'channel'>;
  private readonly take: string;
  private channel: HostChannel | undefined;
  private alive: NodeJS.Timeout | undefined;

  constructor(host: string, bus: Pick<ControlBus, 'channel'>, take: string) {
    this.host = host;
    this.bus = bus;
    this.take = take;
  }

  /** What it told last of the clock of this host, at the moment there at which it was so. */
  offset(hostId: string): HostOffset | undefined {
    return this.offsets.get(hostId);
  }

  /** @param clocks that it is to tell of. */
  begin(clocks: readonly ClockHost[]): void {
    const channel = this.bus.channel(this.host, `${HOLD_CHANNEL}${this.take}`);
    this.channel = channel;
    channel.onMessage((given) => this.hear(given as FromHold));
    // Its cameras tell of their end by their own channels.
    channel.onLost(() => clearInterval(this.alive));
    const say = (message: ToHold): void => channel.send(message);
    say({ kind: 'hold', take: this.take, clocks });
    this.alive = setInterval(() => say({ kind: 'alive' }), ALIVE_MS);
  }

  close(): void {
    clearInterval(this.alive);
    this.channel?.close();
  }

  private hear(message: FromHold): void {
    if (message.kind === 'held') this.state = 'held';
    else if (message.kind === 'clock') this.offsets.set(message.hostId, message.offset);
    else {
      this.state = 'refused';
      this.refusal = message.message;
    }
  }
}
