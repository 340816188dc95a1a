import { fstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { claimFile } from '../../claim-file.ts';
import type { EncoderOptions } from '../../encoder.ts';
import { checkAddress, isFfmpegs, isStream, parseAddress } from './address.ts';
import { FfmpegOutput } from './by-ffmpeg.ts';
import { FileOutput, OrderedOutput } from './file.ts';
import type { Output } from './output.ts';
import { StreamOutput } from './stream.ts';
import { connectTcp, listenTcp } from './tcp.ts';
import { openUdp } from './udp.ts';

/**
 * Opens what `file` names for bytes: a file, stdout, or a reader on the network. Throws a UsageError that names it and
 * says why it can't be had; a FailureError where `signal` fired before a reader came.
 * @param container Name of the container in FFmpeg, where it matters for datagrams.
 */
export async function openOutput(
  { file, listen, signal, sink }: Pick<EncoderOptions, 'file' | 'listen' | 'signal' | 'sink'>,
  container?: string,
): Promise<Output> {
  if (sink) return { write: async (bytes) => sink(new Uint8Array(bytes)), close: async () => {} };
  if (file === '-') {
    // A file behind stdout would be written by process.stdout while everything else waits.
    if (fstatSync(1).isFile()) return new OrderedOutput(1, 'stdout');
    return new StreamOutput(process.stdout, 'stdout', signal);
  }
  if (!isStream(file)) {
    await claimFile(file);
    return (await stat(file)).isFile() ? FileOutput.open(file) : OrderedOutput.open(file, signal);
  }
  checkAddress(file);
  if (isFfmpegs(file)) return FfmpegOutput.open(file, signal);
  const address = parseAddress(file);
  if (address.protocol === 'udp') return openUdp(file, address, container);
  const socket = await (listen || address.listen ? listenTcp : connectTcp)(file, address, signal);
  return new StreamOutput(socket, file, signal);
}
