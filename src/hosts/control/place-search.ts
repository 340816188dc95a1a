import { Finder, type Place } from '../discovery/finder.ts';
import { givenInterfaces } from '../discovery/networks.ts';
import type { BrokerSearch } from './mqtt-post.ts';

/** A broker that is not reached for so long is looked for on the network, in ms. */
const AFTER_MS = 1_000;

/** Where a rig's broker may be: where it was last, and what the network says while it is not reached there. */
export class PlaceSearch implements BrokerSearch {
  /** The interfaces that may be asked. */
  readonly interfaces: readonly string[];
  private readonly rig: string;
  private readonly onReached: (place: Place) => void;
  private places: Place[];
  private tries = 0;
  private finder: Finder | undefined;
  private timer: NodeJS.Timeout | undefined;
  private onPlace: () => void = () => {};
  private closed = false;

  /** @param onReached hears where the broker was reached. */
  constructor(rig: string, { host, port }: Place, onReached: (place: Place) => void = () => {}) {
    this.onReached = onReached;
    this.rig = rig;
    this.places = [{ host, port }];
    this.interfaces = givenInterfaces(host);
  }

  begin(onPlace: () => void): void {
    this.onPlace = onPlace;
    this.lost();
  }

  next(): Place {
    return this.places[++this.tries % this.places.length] as Place;
  }

  reached(place: Place): void {
    this.end();
    this.onReached(place);
    // Those that turned out to be others are forgotten with it.
    this.places = [place];
    this.tries = 0;
  }

  lost(): void {
    if (this.closed || this.interfaces.length === 0) return;
    this.timer ??= setTimeout(() => {
      this.finder = new Finder(this.rig, this.interfaces, (place) => this.add(place));
    }, AFTER_MS);
  }

  close(): void {
    this.closed = true;
    this.end();
  }

  private end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.finder?.close();
    this.finder = undefined;
  }

  private add(place: Place): void {
    if (this.places.some(({ host, port }) => host === place.host && port === place.port)) return;
    // Next in turn.
    this.places.splice((this.tries % this.places.length) + 1, 0, place);
    this.onPlace();
  }
}
