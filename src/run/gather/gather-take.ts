import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reachRig } from '../../hosts/control/reach.ts';
import { ownMembership } from '../../hosts/key/membership.ts';
import { liesElsewhere, liesOn, PROOF_FILES, readTake, type Take, writeTake } from '../../record/take.ts';
import { alone } from '../files/lock.ts';
import { takeFilesIn } from '../files/take-files.ts';
import type { CompleteEvents } from '../repair/complete.ts';
import { type RepairResult, repairTake, untilRecorded } from '../repair/repair.ts';
import { type GatheredFiles, type GatherOptions, gatherFiles } from './gather-files.ts';

/** How a take is gathered. */
export interface GatherTakeOptions extends Pick<GatherOptions, 'keepRemote' | 'signal' | 'onNote' | 'onProgress'> {
  /** A file that was left open there is finished here: frames done, and in all. */
  readonly onFinishProgress?: CompleteEvents['onProgress'];
  /** This host's rig. Default: the one that it has joined, asked when anything lies elsewhere. */
  readonly rig?: () => Promise<GatherRig>;
}

/** A rig whose hosts are known. */
export interface GatherRig extends Pick<GatherOptions, 'own' | 'hosts'> {
  close(): Promise<void>;
}

/** What came of it. */
export interface GatherResult {
  /** The folder of the take. */
  readonly folder: string;
  /** Cameras whose files came just now, by name. */
  readonly gathered: readonly string[];
  /** True where every camera's file is here and finished. */
  readonly whole: boolean;
  /** What is not here and why, and what could not be done, a line each, each naming its camera. */
  readonly missing: readonly string[];
  /** What there is of the take, once no file lies elsewhere any more. */
  readonly repaired?: RepairResult;
}

/**
 * Fetches the files of a take that lie on other hosts of the rig into its folder, proved right by their SHA-256,
 * removes them there, and finishes what was left open in them. It may be ended at any moment: the next time goes on. A
 * take that is still being recorded is waited for.
 * @throws UsageError where the folder is no take, or this host is of no rig; FailureError where the rig can't be
 *   reached or the disk has no room; the signal's reason where it is aborted.
 */
export async function gatherTake(folder: string, options: GatherTakeOptions = {}): Promise<GatherResult> {
  const { signal, onNote, onFinishProgress } = options;
  signal?.throwIfAborted();
  await untilRecorded(folder, { signal, ...(onNote && { onNote }) });
  const { gathered, missing } = await fetchAll(folder, options);
  const left = (await readTake(folder)).cameras.some((camera) => liesOn(camera) !== undefined);
  if (left) return { folder, gathered, whole: false, missing };
  const repaired = await repairTake(folder, {
    signal,
    ...(onNote && { onNote }),
    ...(onFinishProgress && { onProgress: onFinishProgress }),
  });
  const lines = [...missing, ...repaired.missing];
  return { folder, gathered, whole: repaired.whole, missing: lines, repaired };
}

const NOTHING: GatheredFiles = { gathered: [], missing: [] };

async function fetchAll(folder: string, options: GatherTakeOptions): Promise<GatheredFiles> {
  if ((await readTake(folder)).cameras.every((camera) => liesOn(camera) === undefined)) return NOTHING;
  const { rig = joinedRig, onNote, onProgress, ...rest } = options;
  const { own, hosts, close } = await rig();
  const wait = (pid: number) => onNote?.(`another process works on it (${pid}); waiting until done`);
  try {
    return await alone(folder, wait, async () => {
      const take = await readTake(folder);
      const came: string[] = [];
      try {
        return await gatherFiles(folder, take, {
          ...{ ...rest, own, hosts, onNote, onProgress },
          onGathered: (camera) => came.push(camera),
        });
      } finally {
        if (came.length > 0) await describe(folder, take, came, onNote);
      }
    });
  } finally {
    await close();
  }
}

async function joinedRig(): Promise<GatherRig> {
  const own = await ownMembership();
  const bus = await reachRig(own);
  return { own, hosts: bus.hosts(), close: () => bus.close() };
}

/** Says in `take.json` what is here now. */
async function describe(folder: string, take: Take, came: readonly string[], onNote?: (text: string) => void) {
  await writeTake(folder, withGathered(take, came));
  const proofs = (await takeFilesIn(folder)).filter((name) => PROOF_FILES.includes(name));
  if (proofs.length === 0) return;
  for (const name of proofs) await rm(join(folder, name), { force: true });
  onNote?.(`${folder}: the proof in it knew fewer files: it is removed, genlock report ${folder} makes another`);
}

/** A take of which these cameras are here: what was wrong of it for want of them alone is so no more. */
export function withGathered(take: Take, came: readonly string[]): Take {
  const cameras = take.cameras.map((camera) =>
    came.includes(camera.name) ? { ...camera, gathered: true as const } : camera,
  );
  const said = take.cameras
    .filter(({ name }) => came.includes(name))
    .map(({ name, host = '' }) => liesElsewhere(name, host));
  const { problems: before = [], ...rest } = take;
  const problems = before.filter((line) => !said.some((start) => line.startsWith(start)));
  if (problems.length > 0 || before.length === 0) return { ...take, cameras, ...(problems.length > 0 && { problems }) };
  const all = take.wanted !== undefined && cameras.every(({ frames }) => frames === take.wanted);
  return { ...rest, cameras, state: take.state !== 'failed' ? take.state : all ? 'complete' : 'interrupted' };
}
