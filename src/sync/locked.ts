/**
 * What `locked` means, whatever the controller: a client is within this of its server, by all that it knows, in us. A camera that can't be steered
 * is never locked: it is `matched`, within half a frame.
 */
export const LOCKED_US = 100;
