import { join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { readTimes } from '../../src/verify/read-times.ts';
import { type DocBlock, docBlocks } from '../support/doc-blocks.ts';
import { Desk, needFfmpeg, pythonModules } from '../support/doc-desk.ts';
import { restartedTake } from '../support/restarted-take.ts';

const pages = ['docs/from-python.md', 'docs/using-takes.md', 'docs/node-api.md'].map((page) => {
  const blocks = docBlocks(page, ['python', 'sh', 'ts']);
  // What using-takes.md says holds is read from pixels, and its blocks crop pictures of the usual size.
  return { page, blocks, desk: new Desk(blocks, page !== 'docs/using-takes.md') };
});

type Times = readonly (number | undefined)[];

async function runs(desk: Desk, block: Pick<DocBlock, 'language' | 'code'>, context: TestContext): Promise<void> {
  const { code, stdout, stderr } = await desk.run(block, context);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}${stdout}`);
}

afterAll(() => {
  for (const { desk } of pages) desk.clear();
});

describe.each(pages)('$page, its blocks in order in one folder', ({ desk, blocks }) => {
  it('has blocks, some of which need nothing but Node, or Python as it comes', () => {
    const plain = blocks.filter(({ language, code }) => language !== 'sh' && pythonModules(code).length === 0);
    expect(plain.length).toBeGreaterThanOrEqual(2);
  });

  it.for(blocks.map((block, i) => ({ ...block, number: i + 1 })))(
    'block $number ($language) runs as it stands: $title',
    async (block, context) => {
      await runs(desk, block, context);
    },
  );
});

describe.each(pages.filter(({ blocks }) => blocks.some(({ language }) => language === 'ts')))(
  'the TypeScript of $page',
  ({ desk }) => {
    it('leaves tsc nothing to say', async () => {
      expect(await desk.checkTypes()).toMatchObject({ code: 0, stdout: '' });
    });
  },
);

describe('what docs/using-takes.md says holds', { timeout: 180_000 }, () => {
  const { desk, blocks } = pages[1] as (typeof pages)[number];
  const inDesk = (name: string): string => join(desk.folder, name);
  const block = (holding: string): DocBlock => {
    const found = blocks.find(({ code }) => code.includes(holding));
    if (found === undefined) throw new Error(`no block of the page has ${holding}`);
    return found;
  };
  /** The block, on a take one of whose cameras was started again. */
  const restarted = ({ language, code }: DocBlock): Pick<DocBlock, 'language' | 'code'> => {
    expect(code).toContain('Path("take")');
    return { language, code: code.replaceAll('Path("take")', 'Path("restarted")') };
  };
  const times = async (file: string): Promise<Times> => [...(await readTimes(inDesk(file))).timesUs];
  const half = async (file: string, x: number, context: TestContext): Promise<Times> => {
    const code = `ffmpeg -v error -y -i ${file} -vf crop=640:480:${x}:0 -c:v libx264 -crf 12 half.mp4`;
    await runs(desk, { language: 'sh', code }, context);
    return times('half.mp4');
  };
  /** The same moments, as far as pixels that were encoded anew tell. */
  const expectSame = (some: Times, others: Times): void => {
    const apart = others.map((us, i) => Math.abs((some[i] ?? Number.NaN) - (us ?? Number.NaN)));
    const read = apart.filter((us) => !Number.isNaN(us));
    expect(some).toHaveLength(others.length);
    expect(Math.max(...read)).toBeLessThan(100);
    // What is small and encoded three times can't be read in every frame.
    expect(read.length).toBeGreaterThan(0.9 * others.length);
  };

  it('its frame() gives frame N, and nothing where a camera that was started again has none', async (context) => {
    needFfmpeg(context);
    await restartedTake(inDesk('take'), inDesk('restarted'), [40, 60]);
    const check = `
have = {}
for camera in take["cameras"]:
    video = cv2.VideoCapture("take/" + camera["file"])
    whole = [video.read()[1] for _ in range(take["frames"])]
    for n in [*range(0, take["frames"], 17), 39, 40, 59, 60, 119]:
        picture = frame(camera, n)
        gone = "files" in camera and 40 <= n < 60
        assert (picture is None) if gone else (picture == whole[n]).all(), (camera["name"], n)
`;
    const whole = block('def frame(');
    for (const { language, code } of [whole, restarted(whole)]) {
      await runs(desk, { language, code: code + check }, context);
    }
  });

  it('its tables of true times and of repeats take a camera that was started again', async (context) => {
    needFfmpeg(context);
    await runs(desk, restarted(block('def rows_of(')), context);
    const check = 'assert not taken[40:60].any() and taken[60:].sum() > 0 and states["cam1"][40:60].isna().all()\n';
    const { language, code } = restarted(block('taken = '));
    await runs(desk, { language, code: code + check }, context);
  });

  it('its cuts hold exactly the frames that it says, encoded anew or copied', async (context) => {
    needFfmpeg(context);
    for (const name of ['cam0', 'cam1']) {
      const whole = await times(`take/${name}.mp4`);
      expectSame(await times(`${name}-cut.mp4`), whole.slice(45, 105));
      expectSame(await times(`${name}-copy.mp4`), whole.slice(30, 90));
    }
  });

  it('its cut takes the same range from a file that begins later', async (context) => {
    needFfmpeg(context);
    const { language, code } = block("select='between");
    const late = code.replace('cam0 cam1', 'cam1-2').replace('take/', 'restarted/');
    await runs(desk, { language, code: late }, context);
    expectSame(await times('cam1-2-cut.mp4'), (await times('take/cam1.mp4')).slice(60, 105));
  });

  it('its two cameras in one picture are of the same frame, also where one file begins later', async (context) => {
    needFfmpeg(context);
    const [left, right] = [await times('take/cam0.mp4'), await times('take/cam1.mp4')];
    expectSame(await half('both.mp4', 0, context), left);
    expectSame(await half('both.mp4', 640, context), right);
    const { language, code } = block('hstack');
    const late = code.replace('take/cam1.mp4', 'restarted/cam1-2.mp4').replace('both.mp4', 'late.mp4');
    await runs(desk, { language, code: late }, context);
    expectSame(await half('late.mp4', 0, context), left.slice(60));
    expectSame(await half('late.mp4', 640, context), right.slice(60));
  });
});
