import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { loadLibav } from '../../libav/load.ts';
import { findSystemFfmpeg } from '../../libav/system-ffmpeg.ts';
import { chooseBackend } from '../../record/encoders/ways.ts';
import type { Take } from '../../record/take.ts';

type Software = NonNullable<Take['software']>;

/**
 * What a take is recorded with; never throws: a part that is not known is left out.
 * @param encoder Name of the encoder, where one was asked for.
 */
export async function describeSoftware(encoder?: string): Promise<Software> {
  const distribution = distributionIn(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  return {
    node: process.versions.node,
    os: `${os.type()} ${os.release()}`,
    ...(distribution !== undefined && { distribution }),
    arch: process.arch,
    ...(await describeEncoder(encoder)),
  };
}

/** The name of a distribution in the text of os-release(5); undefined where it has none. */
export function distributionIn(osRelease: string): string | undefined {
  const name = /^PRETTY_NAME=(?:"(.*)"|'(.*)'|(.*))$/m.exec(osRelease);
  return (name?.[1] ?? name?.[2] ?? name?.[3])?.trim() || undefined;
}

async function describeEncoder(asked: string | undefined): Promise<Partial<Software>> {
  // A camera that has nothing to encode with says so itself.
  const name = await chooseBackend(asked).then(
    (backend) => backend.name,
    () => undefined,
  );
  if (name === 'ffmpeg') {
    const ffmpeg = await findSystemFfmpeg();
    return { encoder: name, ...(ffmpeg && { ffmpeg: ffmpeg.version }) };
  }
  const libav = name && (await loadLibav());
  if (!libav || libav instanceof Error) return {};
  const nodeAv = await nodeAvVersion().catch(() => undefined);
  return { encoder: 'node-av', ...(nodeAv !== undefined && { nodeAv }), ffmpeg: libav.getFFmpegInfo().version };
}

/** The version of node-av, which does not export its manifest: it is looked for above what it does export. */
export async function nodeAvVersion(): Promise<string | undefined> {
  let folder = dirname(createRequire(import.meta.url).resolve('node-av/lib'));
  for (let above = dirname(folder); above !== folder; folder = above, above = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
    const { name, version } = JSON.parse(text) as { name?: string; version?: string };
    if (name === 'node-av') return version;
  }
  return undefined;
}
