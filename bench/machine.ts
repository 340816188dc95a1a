import { cpus, release, totalmem, type } from 'node:os';

/** The machine that the figures are from, in one line. */
export const machine = (): string =>
  `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.version}`;
