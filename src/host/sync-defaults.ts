/** Where stock Raspberry Pi cameras send their sync messages. */
export const SYNC_GROUP = '239.255.255.250';
export const SYNC_PORT = 10000;
