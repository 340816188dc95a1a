/** A message to whoever has subscribed to its topic. */
export interface Letter {
  /** Levels with slashes between, as MQTT has them. */
  readonly topic: string;
  readonly text: string;
  /** True where the broker keeps it for those who come later, in the place of the one before. */
  readonly kept?: boolean;
}

/** What is asked of a broker. */
export interface PostRequest {
  /** Topics from the beginning; `+` stands for any one level. */
  readonly subscriptions: readonly string[];
  /** What the broker is to say once this end vanishes; asked for at each connection. */
  readonly will?: (() => Letter) | undefined;
  onLetter(letter: Letter): void;
  /** When the broker is reached and all is subscribed (true), and when it is lost (false). */
  onReached(reached: boolean): void;
}

/**
 * A connection to a broker, which comes back by itself. Letters of one end come in their order; they may be lost or
 * come twice where the connection breaks.
 */
export interface Post {
  /** Subscribes to a further topic, from now on and at each connection; `+` stands for any one level. */
  subscribe(topic: string): void;
  /** Sends a letter; it is lost where the broker is not reached. */
  send(letter: Letter): void;
  /** Closes it behind what was sent; the broker does not say the will. */
  close(): Promise<void>;
}

/** Opens a connection; the broker may not be there yet. */
export type OpenPost = (request: PostRequest) => Post;
