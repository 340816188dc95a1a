import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { FilesServer } from '../../hosts/files/server.ts';
import type { Membership } from '../../hosts/key/membership.ts';
import { serverTls } from '../../hosts/key/tls.ts';
import { writersIn } from '../files/writers.ts';

/**
 * Serves what this host has of its rig's takes, to hosts that have the rig's key, at a port of the system's choice.
 * @param takes The folder that takes are made in, each in one of its own.
 */
export function serveTakes({ rig, key }: Membership, takes: string): Promise<FilesServer> {
  return FilesServer.listen({
    tls: serverTls(rig, key, 'files'),
    folderOf: (take) => {
      const folder = join(takes, take);
      return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? folder : undefined;
    },
    writtenIn: async (folder) => new Set((await writersIn(folder, () => true)).map(({ file }) => file)),
  });
}
