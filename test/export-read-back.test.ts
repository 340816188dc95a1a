import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { EXPORT_FORMATS } from '../src/export/formats.ts';
import { exportTake } from '../src/run/export/export.ts';
import { makeTake, phaseOf, wallOf } from './support/export-take.ts';
import { noOpenCv, readWithOpenCv } from './support/opencv.ts';
import { need, required } from './support/program.ts';
import { pythonWith } from './support/python.ts';

const home = mkdtempSync(join(tmpdir(), 'genlock-export-read-'));
const made = (name: string, ...path: string[]): string => join(home, name, ...path);
const FRAMES = 30;

beforeAll(async () => {
  // A name that holds what programs look for.
  const take = join(home, 'camera-1 cam1');
  mkdirSync(take);
  await makeTake(take, [[{ frames: FRAMES }], [{ frames: FRAMES, repeats: { 5: 'missed', 6: 'missed' } }]]);
  const parts = join(home, 'parts');
  mkdirSync(parts);
  await makeTake(parts, [[{ frames: FRAMES }], [{ frames: 10 }, { first: 14, frames: 16 }]], {
    note: 'the <2nd> "jump"',
  });
  for (const { name } of EXPORT_FORMATS) await exportTake(take, { for: name, output: made(name) });
  await exportTake(parts, { for: 'nwb', output: made('nwb-parts') });
  await exportTake(parts, { for: 'csv', output: made('csv-parts') });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What a script prints as JSON, run by a Python that has these modules; skips by name where there is none. */
async function python<T>(
  context: TestContext,
  modules: readonly string[],
  script: string,
  ...args: string[]
): Promise<T> {
  const command = pythonWith(modules);
  if (command === undefined && !required) context.skip(`no Python with ${modules.join(', ')} on this system`);
  const { stdout } = await promisify(execFile)(command ?? 'python3', ['-c', script, ...args]);
  return JSON.parse(stdout) as T;
}

describe('as Python programs read what was exported', () => {
  it('OpenCV finds as many frames in all videos of a format, at the rate of the take', async (context) => {
    const videos = ['caliscope', 'freemocap', 'anipose', 'deeplabcut', 'pose2sim', 'nwb', 'otio'].flatMap((name) =>
      readdirSync(made(name), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.mp4'))
        .map((path) => made(name, path)),
    );
    expect(videos).toHaveLength(14);
    const why = noOpenCv();
    if (why !== undefined) context.skip(why);
    const seen = videos.map(() => ({ frames: FRAMES, fps: 30, count: FRAMES }));
    expect(await readWithOpenCv(...videos)).toEqual(seen);
  });

  it("pandas finds a row a frame in caliscope's timestamps, in seconds", async (context) => {
    const script = `
import json, pandas, sys
table = pandas.read_csv(sys.argv[1])
print(json.dumps([list(table.columns), {str(k): list(v) for k, v in table.groupby("cam_id")["frame_time"]}]))`;
    const file = made('caliscope', 'recordings', 'camera-1 cam1', 'timestamps.csv');
    const [columns, times] = await python<[string[], Record<string, number[]>]>(context, ['pandas'], script, file);
    expect(columns).toEqual(['cam_id', 'frame_time']);
    expect(Object.keys(times)).toEqual(['0', '1']);
    for (const camera of [0, 1]) {
      expect(times[camera]).toHaveLength(FRAMES);
      for (const [index, time] of times[camera]?.entries() ?? [])
        expect(Math.abs(time * 1e6 - wallOf(camera, index))).toBeLessThan(2);
    }
  });

  it('pandas finds wall clock, phase and state of each camera in the one table', async (context) => {
    const script = `
import json, pandas, sys
table = pandas.read_csv(sys.argv[1], index_col="index")
print(table.to_json(orient="split", double_precision=6))`;
    type Table = { columns: string[]; index: number[]; data: (number | string | null)[][] };
    const one = await python<Table>(context, ['pandas'], script, made('csv', 'camera-1 cam1.csv'));
    const columns = ['wall_clock_us', 'phase_us', 'state'];
    expect(one.columns).toEqual(['cam0', 'cam1'].flatMap((name) => columns.map((each) => `${name}_${each}`)));
    expect(one.index).toHaveLength(FRAMES);
    expect(one.data[7]?.slice(4)).toEqual([expect.closeTo(phaseOf(1, 7), 3), 'captured']);
    expect(one.data[7]?.[3]).toBeCloseTo(wallOf(1, 7), -1);
    expect(one.data[5]?.slice(3)).toEqual([null, null, 'missed']);
    const parts = await python<Table>(context, ['pandas'], script, made('csv-parts', 'parts.csv'));
    expect(parts.data.map((row) => row[5]).slice(9, 15)).toEqual(['captured', ...Array(4).fill('absent'), 'captured']);
  });

  it('anipose, DeepLabCut and Pose2Sim tell cameras apart by their own rules', async (context) => {
    // anipose searches its pattern in the name without its ending; DeepLabCut looks for each camera's name in it.
    const script = `
import json, os, re, sys, tomllib
root = sys.argv[1]
names = lambda path: sorted(os.path.splitext(name)[0] for name in os.listdir(os.path.join(root, path)))
config = tomllib.load(open(os.path.join(root, "anipose/config.toml"), "rb"))
pattern = config["triangulation"]["cam_regex"]
videos = names("anipose/camera-1 cam1/videos-raw")
anipose = [[re.search(pattern, name).groups()[0], re.sub(pattern, "", name)] for name in videos]
pairs = names("deeplabcut/cam0-cam1")
lab = [[camera for camera in ("camera-1", "camera-2") if camera in name] for name in pairs]
same = len({re.sub("camera-[12]", "", name) for name in pairs})
trial = os.path.join(root, "pose2sim/camera-1 cam1")
pose = tomllib.load(open(os.path.join(trial, "Config.toml"), "rb"))
print(json.dumps([anipose, lab, same, pose, sorted(os.listdir(os.path.join(trial, "videos")))]))`;
    const [anipose, lab, same, pose, videos] = await python<unknown[]>(context, ['tomllib'], script, home);
    expect(anipose).toEqual([
      ['cam0', 'camera-1 cam1'],
      ['cam1', 'camera-1 cam1'],
    ]);
    expect(lab).toEqual([['camera-1'], ['camera-2']]);
    expect(same).toBe(1);
    expect(pose).toEqual({
      project: { frame_rate: 30, frame_range: 'all' },
      pose: { vid_img_extension: 'mp4' },
    });
    expect(videos).toEqual(['cam00.mp4', 'cam01.mp4']);
  });
});

/**
 * What pynwb's classes and methods take: the required ones, then others (pynwb, src/pynwb: file.py, base.py, image.py,
 * epoch.py, device.py; hdmf, common/table.py).
 */
const PYNWB: Readonly<Record<string, readonly [required: readonly string[], others: readonly string[]]>> = {
  NWBFile: [
    ['session_description', 'identifier', 'session_start_time'],
    ['experimenter', 'lab', 'institution', 'notes'],
  ],
  create_device: [['name'], ['description', 'manufacturer']],
  ImageSeries: [
    ['name'],
    [
      ...['data', 'unit', 'format', 'external_file', 'starting_frame', 'bits_per_pixel', 'dimension', 'resolution'],
      ...[
        'conversion',
        'timestamps',
        'starting_time',
        'rate',
        'comments',
        'description',
        'control',
        'device',
        'offset',
      ],
    ],
  ],
  TimeIntervals: [['name'], ['description', 'id', 'columns', 'colnames']],
  add_column: [
    ['name', 'description'],
    ['data', 'table', 'index'],
  ],
};

describe('an NWB session', () => {
  it('has what an ImageSeries of external files needs, by the schema of NWB', async () => {
    const session = JSON.parse(readFileSync(made('nwb-parts', 'session.json'), 'utf8'));
    expect(session).toMatchObject({
      ...{ name: 'parts', session_start_time: '2026-01-02T03:04:05.000000+00:00', dimension: [160, 128] },
      session_description: 'the <2nd> "jump"',
      cameras: [
        { name: 'cam0', external_file: ['videos/cam0.mp4'], starting_frame: [0] },
        { name: 'cam1', external_file: ['videos/cam1.mp4', 'videos/cam1-2.mp4'], starting_frame: [0, 10] },
      ],
      without_own_picture: [{ camera: 'cam1', cause: 'absent', first_frame: 10, last_frame: 13 }],
    });
    for (const [number, { times, external_file }] of session.cameras.entries()) {
      for (const file of external_file) expect(readdirSync(made('nwb-parts', 'videos'))).toContain(file.slice(7));
      const rows = readFileSync(made('nwb-parts', times), 'utf8').trimEnd().split('\n').slice(1).map(Number);
      expect(rows).toHaveLength(number === 0 ? 30 : 26);
      const indices = Array.from({ length: FRAMES }, (_, index) => index).filter(
        (i) => number === 0 || i < 10 || i > 13,
      );
      for (const [at, row] of rows.entries())
        expect(row * 1e6).toBeCloseTo(wallOf(number, indices[at] as number) - wallOf(0, 0), 0);
    }
  });

  it('is made by a script that gives pynwb what it takes', async (context) => {
    const script = `
import ast, json, sys
calls = []
for node in ast.walk(ast.parse(open(sys.argv[1]).read())):
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        calls.append([name, len(node.args), [keyword.arg for keyword in node.keywords]])
print(json.dumps(calls))`;
    const calls = await python<[string, number, (string | null)[]][]>(
      context,
      ['ast'],
      script,
      made('nwb', 'make_nwb.py'),
    );
    for (const [name, [needed, others]] of Object.entries(PYNWB)) {
      const found = calls.filter((call) => call[0] === name);
      expect(found.length, name).toBeGreaterThan(0);
      for (const [, positional, keywords] of found) {
        expect(positional, name).toBe(0);
        expect(keywords).toEqual(expect.arrayContaining([...needed]));
        expect([...needed, ...others]).toEqual(expect.arrayContaining(keywords));
      }
    }
  });

  it('is read back with pynwb, where that is installed', async (context) => {
    if (pythonWith(['pynwb']) === undefined) context.skip('no Python with pynwb on this system (pip install pynwb)');
    const script = `
import json, runpy, sys
runpy.run_path(sys.argv[1] + "/make_nwb.py")
from pynwb import NWBHDF5IO
with NWBHDF5IO(sys.argv[1] + "/parts.nwb", "r") as io:
    series = io.read().acquisition["cam1"]
    found = [list(series.external_file), list(map(int, series.starting_frame)), len(series.timestamps)]
print(json.dumps(found))`;
    const printed = await python<unknown>(
      context,
      ['pynwb'],
      script.replace('import json', 'import json, os'),
      made('nwb-parts'),
    );
    expect(printed).toEqual([['videos/cam1.mp4', 'videos/cam1-2.mp4'], [0, 10], 26]);
  });

  it('says what is missing where pynwb is', async (context) => {
    need(context, 'python3');
    if (pythonWith(['pynwb']) !== undefined) context.skip('pynwb is here');
    const run = promisify(execFile)('python3', [made('nwb', 'make_nwb.py')]);
    await expect(run).rejects.toMatchObject({ code: 1, stderr: 'make_nwb.py: needs pynwb: pip install pynwb\n' });
  });
});
