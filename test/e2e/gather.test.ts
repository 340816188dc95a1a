import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FRAMES_CSV_HEADER } from '../../src/record/frames-csv.ts';
import { writeTake } from '../../src/record/take.ts';
import { recordVideo } from '../support/cut-off.ts';
import type { Running } from '../support/genlock.ts';
import { Hosts, type TestHost } from '../support/hosts.ts';
import { syntheticCamera, syntheticTake } from '../support/take.ts';
import { takeOf } from '../support/take-schema.ts';

const missing = Hosts.whyNone();
/** Three fragments, of which a killed process has written two. */
const FRAMES = 45;

it("a take's files on another host: named while its agent is away, then gathered, and finished where a kill left them open", async (context) => {
  if (missing !== undefined) context.skip(missing);
  const hosts = await Hosts.make(2);
  try {
    const [pi1, pi2] = hosts.all as [TestHost, TestHost];
    const [folder, there] = [join(pi1.folder, 'take1'), join(pi2.takes, 'take1')];
    for (const each of [folder, there]) mkdirSync(each, { recursive: true });
    await recordVideo(join(folder, 'cam0.mp4'), { frames: FRAMES });
    await recordVideo(join(there, 'cam1.mp4'), { frames: FRAMES, killed: true });
    const cameras = [syntheticCamera(0), syntheticCamera(1, { host: 'pi2' })];
    writeFileSync(join(there, 'cam1.frames.csv'), `${FRAMES_CSV_HEADER}\n`);
    await writeTake(folder, syntheticTake(0, { name: 'take1', wanted: FRAMES, cameras }));
    const [, agent] = (await hosts.rig()) as [Running, Running];
    agent.child.kill('SIGKILL');
    await agent.ended;

    const away = await pi1.run('gather', folder);
    expect([away.code, away.stderr]).toEqual([1, expect.stringMatching(/^genlock: cam1 lies on pi2: .*\n$/)]);
    const repaired = await pi1.run('repair', folder);
    expect(repaired.code).toBe(1);
    expect(repaired.stderr).toContain(`cam1 lies on pi2: genlock gather ${folder}`);
    expect((await pi1.run('takes', pi1.folder)).stdout).toMatch(
      /take1 +not gathered .* cam1 lies on pi2: genlock gather/,
    );

    await pi2.agent();
    const { code, stdout, stderr } = await pi1.run('gather', folder);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^genlock: cam1: frames 30 to 44 are lost: .*\n$/)]);
    expect(stdout).toContain(`${folder}: the files of 1 camera gathered (cam1)\n`);
    expect(stdout).toContain(`${folder}: ${FRAMES} frames, not complete; repaired\n`);
    expect(existsSync(there)).toBe(false);
    const take = takeOf(folder);
    expect(take.cameras.map(({ frames, gathered }) => [frames, gathered])).toEqual([
      [FRAMES, undefined],
      [FRAMES, true],
    ]);
    const again = await pi1.run('gather', folder, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ gathered: [], whole: true, repaired: { changed: false } });
  } finally {
    await hosts.remove();
  }
});
