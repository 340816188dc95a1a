import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { sleep } from './rig.ts';

/** A disk of its own whose writes can be held up. Takes root on Linux, loop devices and ext4. */
export class StallingDisk {
  readonly path: string;
  private readonly image: string;

  /** @param path of the folder to mount it on; its blocks lie in a file beside. */
  constructor(path: string, megabytes: number) {
    this.path = path;
    this.image = `${path}.img`;
    writeFileSync(this.image, '');
    truncateSync(this.image, megabytes << 20);
    execFileSync('mkfs.ext4', ['-q', '-F', this.image]);
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-o', 'loop', this.image, path]);
  }

  /** Whoever writes to it waits meanwhile, in the kernel: not even SIGKILL helps. */
  async stall(ms: number): Promise<void> {
    execFileSync('fsfreeze', ['--freeze', this.path]);
    try {
      await sleep(ms);
    } finally {
      execFileSync('fsfreeze', ['--unfreeze', this.path]);
    }
  }

  remove(): void {
    execFileSync('umount', ['-l', this.path]);
    rmSync(this.image);
  }
}
